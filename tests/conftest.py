"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent

# Workers find the tests' own plugins by name; they never import from the working directory.
os.environ["PYTHONPATH"] = str(ROOT)

pytest_plugins = [
    "tests.machine.fixtures",
    "tests.linux.fixtures",
    "tests.macs.fixtures",
    "tests.s3.fixtures",
]
