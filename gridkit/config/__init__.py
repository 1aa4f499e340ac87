"""How does a batch file become frozen settings?"""
