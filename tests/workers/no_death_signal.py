"""Loaded into the parent of workers, it makes Linux as little helpful as macOS."""

from pipeline.workers import nursery

nursery._die_with_parent = lambda: None
