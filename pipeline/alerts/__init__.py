"""Sends what the journal owes, each alert in a child of its own."""
