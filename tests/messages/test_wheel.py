"""The built-in templates are in the package that users install."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from pipeline.messages.formats import FORMATS
from tests.conftest import ROOT


def test_the_wheel_has_every_template(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"pipeline/messages/templates/{form.file}" for form in FORMATS} <= set(names)
