"""Which loops can NumPy not do? Arrays in, arrays out; no nouns, no exceptions."""
