"""How does one town run from files to files?"""
