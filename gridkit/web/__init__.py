"""How does a browser reach the editor? A server on this machine that translates, and nothing else."""
