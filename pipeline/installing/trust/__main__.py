"""Print as JSON why root must not run this Python: `PYTHON -I -m pipeline.installing.trust`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pipeline.installing.trust.check import distrusted
from pipeline.machine import this_machine

machine = this_machine(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
sys.stdout.write(json.dumps(distrusted(machine)) + "\n")
