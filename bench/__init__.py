"""How fast and how small panicpipe is, beside programs everybody has: `python -m bench`."""
