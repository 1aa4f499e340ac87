"""How does a browser reach the editor? A server on this machine that translates, and nothing else."""

from gridkit.web.notebook import PlanEditor, edit
from gridkit.web.serve import edit_folder

__all__ = ["PlanEditor", "edit", "edit_folder"]
