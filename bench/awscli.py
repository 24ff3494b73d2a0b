"""The program that uploads are measured beside: `aws s3 cp`, in a virtual environment of its own.

It pins a botocore, so it cannot be installed beside panicpipe. `BENCH_AWS` names one that is
there already.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


class NoAwsCliError(Exception):
    """Why there is no such program here: one line."""


def aws_program(root: Path) -> str:
    """Return the program's path; installs it below `root` where it must."""
    if named := os.environ.get("BENCH_AWS"):
        if found := shutil.which(named):
            return found
        raise NoAwsCliError(f"BENCH_AWS={named}: no such program")
    place = root / "awscli"
    _run(sys.executable, "-m", "venv", place)
    _run(place / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "awscli")
    return str(place / "bin" / "aws")


def configuration(root: Path, *, part_size: int, concurrency: int) -> Path:
    """Write a configuration file for it; AWS_CONFIG_FILE is to name it."""
    path = root / "aws-config"
    path.write_text(
        "[default]\ns3 =\n  addressing_style = path\n"
        "  preferred_transfer_client = classic\n"
        f"  multipart_threshold = {part_size}\n"
        f"  multipart_chunksize = {part_size}\n"
        f"  max_concurrent_requests = {concurrency}\n"
    )
    return path


def _run(*command: str | Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoAwsCliError(f"awscli cannot be installed: {error}") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise NoAwsCliError(f"awscli cannot be installed: {last}")
