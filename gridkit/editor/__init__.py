"""How is a plan redrawn by hand? A plan on the table, with history, locks, live findings and the engine.

The package is called `editor` because a module of the name of the public verb would hide `gridkit.edit`.
"""
