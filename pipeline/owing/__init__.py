"""Decides which route owes which alert, and when, and has the journal keep it."""

from pipeline.owing.desk import Desk, Destination
from pipeline.owing.rule import Rule

__all__ = ["Desk", "Destination", "Rule"]
