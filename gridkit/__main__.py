"""What does ``python -m gridkit`` do? The same as the command."""

from gridkit.cli import main

if __name__ == "__main__":
    main()
