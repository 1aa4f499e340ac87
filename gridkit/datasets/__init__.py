"""Which towns can be made or loaded for trying things out?"""
