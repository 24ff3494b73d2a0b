"""Secret URLs in an environment variable, separated by white space."""

from __future__ import annotations

import os
import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def refuse_strange(name: str) -> None:
    """ValueError where this cannot be a variable's name; it is not shown, for it may be a URL."""
    if not _NAME.fullmatch(name):
        raise ValueError("urls_env must be the name of an environment variable, not its value")


def read(name: str) -> list[str]:
    """Return the variable's URLs; ValueError, which names it, where there are none."""
    value = os.environ.get(name)
    if value is None:
        raise ValueError(f"urls_env: the environment variable {name} is not set")
    urls = value.split()
    if not urls:
        raise ValueError(f"urls_env: the environment variable {name} is empty")
    return urls
