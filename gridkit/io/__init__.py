"""How do files come in and go out? The only door."""
