"""Output directories that are only ours, and files that appear in them whole."""
