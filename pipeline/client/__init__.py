"""A Mac that is to send its core when it panics: its boot-args made, read, applied, undone."""
