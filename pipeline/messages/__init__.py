"""Renders alerts for people: one text each for mail, chats, and plain reading."""

from pipeline.messages.rendering import render
from pipeline.messages.style import Style

__all__ = ["Style", "render"]
