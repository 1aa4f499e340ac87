"""What may a plan not do, and what is better? Constraints, objectives, findings."""
