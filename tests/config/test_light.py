from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["pipeline.config", "pipeline.cli.status", "pipeline.cli.show", "pipeline.cli.retry"]
)
def test_what_only_looks_at_the_journal_loads_nothing_that_alerts_need(module: str) -> None:
    code = (
        f"import sys, {module};"
        "print(sorted({'pydantic', 'jinja2', 'apprise', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
