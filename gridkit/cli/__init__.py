"""What does the command line offer? Each command parses, calls one function, and prints."""


def main() -> None:
    """Run the command line."""
