"""Jinja2 is loaded where there is something to render, and nowhere else."""

from __future__ import annotations

import subprocess
import sys

LOOK = "import sys, {}; print('jinja2' in sys.modules)"


def loaded(module: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", LOOK.format(module)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_nothing_that_only_names_a_style_loads_it() -> None:
    assert loaded("pipeline.messages") == "False"
    assert loaded("pipeline.messages.samples") == "False"


def test_rendering_does() -> None:
    assert loaded("pipeline.messages.rendering") == "True"
