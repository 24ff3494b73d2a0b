"""Environments that belong to root: `HOME/environments/N`, built from what is running now."""

from pipeline.installing.environment.building import build
from pipeline.installing.environment.inventory import Environment, newest, retire

__all__ = ["Environment", "build", "newest", "retire"]
