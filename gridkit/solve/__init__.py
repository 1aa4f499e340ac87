"""How is a plan found? First plan, improvement, proof."""
