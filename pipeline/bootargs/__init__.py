"""boot-args as a value: parsed, merged, explained; every known trap. Asks nothing."""
