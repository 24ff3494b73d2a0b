"""Sources, runner and outbox under one stop signal."""
