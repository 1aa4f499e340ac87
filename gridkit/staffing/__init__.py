"""How much work is there, how many members does it need, and who goes where?"""
