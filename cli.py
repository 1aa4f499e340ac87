"""Run gridkit from a checkout: ``python cli.py run configs/cambridge.toml --out out``."""

from gridkit.cli import main

if __name__ == "__main__":
    main()
