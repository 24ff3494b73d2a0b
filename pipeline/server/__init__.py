"""The dump server on this Mac: kdumpd set up, looked at, and put back as it was."""
