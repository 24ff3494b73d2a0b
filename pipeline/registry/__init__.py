"""Plugins: found by entry point, validated, made from their tables."""
