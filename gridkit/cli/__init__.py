"""What does the command line offer? Each command parses, calls one function, and prints."""

from gridkit.cli.entry import main

__all__ = ["main"]
