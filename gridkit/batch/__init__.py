"""How does one town run from files to files?"""

from gridkit.batch.job import Job, Outcome, check_job, run_job

__all__ = ["Job", "Outcome", "check_job", "run_job"]
