"""`python -m mac_check [NAME …]`: run all checks, or those whose names begin so."""

from __future__ import annotations

import argparse
import json
import sys

from mac_check import table
from mac_check.checks import CHECKS
from mac_check.result import Outcome
from mac_check.running import run
from pipeline.display import one_line
from pipeline.machine import this_machine


def main(arguments: list[str] | None = None) -> int:
    """Print a row for each check; 1 where one failed, 2 where none has that name."""
    options = _parser().parse_args(arguments)
    names = tuple(options.names)
    checks = [check for check in CHECKS if not names or check.name.startswith(names)]
    if not checks:
        print(f"mac-check: no check begins with {' or '.join(names)}", file=sys.stderr)
        return 2
    width = max(len(check.name) for check in checks)
    results = []
    for check, result in run(checks, this_machine(), traces=options.yes):
        results.append(result)
        if options.json:
            row = {"check": check.name, "result": result.outcome, "seen": one_line(result.seen)}
            print(json.dumps(row), flush=True)
        else:
            print(table.line(check, result, width), flush=True)
    if not options.json:
        print("", *table.summary(results), sep="\n")
    return 1 if any(result.outcome is Outcome.FAILED for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mac-check",
        description="Look on a real Mac, without a panic, at what the tests can only rehearse. "
        "Nothing is changed that is not put back.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only checks that begin so")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--yes", action="store_true", help="do also what leaves something small behind"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
