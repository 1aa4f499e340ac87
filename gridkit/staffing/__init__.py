"""How is a town staffed? Workload, head counts, named members, teams, rounds.

Modules by question: `standards` (how often, how long), `workload` (how much work), `apportion` (how
many members where), `assign` (who goes where), `settings` (the batch file).
"""
