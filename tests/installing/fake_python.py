"""A Python for rehearsals: makes environments in no time, records its calls, runs this panicpipe.

It does what `pipeline/installing/environment` asks of one: `-m venv`, `-m pip`, `-m compileall`,
and `-m pipeline …`, which is really run. What pip would install is not there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import ROOT

VERSION = "3.13"


def write(root: Path, path: str) -> None:
    """Put one at this path of the machine below a scratch root, with a standard library."""
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(
        f"#!{sys.executable} -I\n"
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.installing.fake_python import act\n"
        f"sys.exit(act({str(root)!r}, {path!r}, sys.argv[1:]))\n"
    )
    place.chmod(0o755)
    library = place.parent.parent / "lib" / place.name / "os.py"
    library.parent.mkdir(parents=True, exist_ok=True)
    library.touch(0o644)


def calls(root: Path) -> list[list[str]]:
    """Return every call so far: its path on the machine, then its arguments."""
    record = _record(root)
    return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []


def act(root: str, path: str, arguments: Sequence[str]) -> int:
    """Be one of them."""
    with _record(Path(root)).open("a") as record:
        record.write(json.dumps([path, *arguments]) + "\n")
    failing = Path(root, ".fails")
    if failing.exists() and failing.read_text() in " ".join(arguments):
        sys.stderr.write("ERROR: it did not work\n")
        return 1
    match list(arguments):
        case ["-I", "-m", "venv", place]:
            make(Path(root), Path(path).name, Path(place))
        case ["-I", "-m", "pipeline.installing.trust", *_]:
            sys.stdout.write("[]\n")
        case ["-I", "-m", "pipeline", *rest]:
            from pipeline.cli.main import call

            return call(rest)
    return 0


def fail(root: Path, words: str) -> None:
    """Have every call fail from now on whose arguments hold these words."""
    (root / ".fails").write_text(words)


def mend(root: Path) -> None:
    """Have no call fail any more."""
    (root / ".fails").unlink()


def _record(root: Path) -> Path:
    """Where a Mac to rehearse on records its programs' calls too, so that their order shows."""
    return root / ".mac/calls.jsonl" if (root / ".mac").is_dir() else root / ".calls.jsonl"


def make(root: Path, version: str, place: Path) -> None:
    """Make an environment in no time."""
    write(root, "/" + str(place.relative_to(root) / "bin/python"))
    (place / "lib" / version / "site-packages").mkdir(parents=True)
    (place / "pyvenv.cfg").write_text(f"home = {place}/bin\n")
