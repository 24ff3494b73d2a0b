"""Uploads beside `aws s3 cp`, to a server on this machine: `python -m bench.upload --help`."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.awscli import NoAwsCliError, aws_program, configuration
from bench.machine import machine
from bench.observed import Failed, Usage, adopt_orphans, run
from bench.sizes import byte_count
from bench.upload_results import AWS, OURS, Uploads, lines
from tests.s3.servers import MISSING_HERE, S3Server, seaweed

PART_SIZE = 16 << 20
PARALLEL = 4
_PIECE = 1 << 20
_KEY = "file"


def main() -> int:
    options = _parser().parse_args()
    if MISSING_HERE:
        print("bench: left out: there is no S3 server for Macs with Intel processors")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    adopt_orphans()
    try:
        with tempfile.TemporaryDirectory(prefix="panicpipe-bench-", dir=options.directory) as root:
            uploads = _measure(Path(root).absolute(), options.size, 1 if options.once else 3)
    except (Failed, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(uploads.as_value(), indent=1) if options.json else "\n".join(lines(uploads)))
    return 0


def _measure(root: Path, length: int, repeats: int) -> Uploads:
    file, place = root / _KEY, root / "server"
    place.mkdir()
    commands, missing = {OURS: _ours(file, _write(file, length))}, None
    try:
        commands[AWS] = _aws(aws_program(root), file)
    except NoAwsCliError as error:
        missing = str(error)
    best: dict[str, Usage] = {}
    with seaweed(place) as (server, _):
        os.environ.update(server.environment())
        aws_file = configuration(root, part_size=PART_SIZE, concurrency=PARALLEL)
        os.environ["AWS_CONFIG_FILE"] = str(aws_file)
        for _ in range(repeats):
            for name, command in commands.items():
                usage = _upload(name, command, server.with_bucket(), length)
                best[name] = usage.best(best.get(name, usage))
    return Uploads(
        machine=machine(),
        size=length,
        part_size=PART_SIZE,
        parallel=PARALLEL,
        repeats=repeats,
        best=best,
        missing=missing,
    )


def _ours(file: Path, sha256: str) -> Sequence[str]:
    how = ("--sha256", sha256, "--part-size", str(PART_SIZE), "--parallel", str(PARALLEL))
    return (sys.executable, "-m", "bench.upload_alone", *how, str(file))


def _aws(program: str, file: Path) -> Sequence[str]:
    return (program, "s3", "cp", "--only-show-errors", str(file))


def _upload(name: str, command: Sequence[str], to: S3Server, length: int) -> Usage:
    """Let a program upload, look whether it has, and make room for the next."""
    where = f"s3://{to.bucket}/{_KEY}"
    usage, _ = run([*command, where, "--endpoint-url", to.endpoint])
    stored = to.client.head_object(Bucket=to.bucket, Key=_KEY)["ContentLength"]
    if stored != length:
        raise Failed(f"{name} ended well, but {where} has {stored} bytes instead of {length}")
    to.client.delete_object(Bucket=to.bucket, Key=_KEY)
    to.client.delete_bucket(Bucket=to.bucket)
    return usage


def _write(file: Path, length: int) -> str:
    """Write what no program makes smaller; returns its SHA-256."""
    chance, digest = random.Random(1), hashlib.sha256()
    with file.open("wb") as out:
        for at in range(0, length, _PIECE):
            piece = chance.randbytes(min(_PIECE, length - at))
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.upload", description=__doc__)
    parser.add_argument(
        "--size", type=byte_count, default=512 << 20, help="of the file, such as 64M"
    )
    parser.add_argument("--once", action="store_true", help="run once instead of the best of 3")
    parser.add_argument("--json", action="store_true", help="print values instead of a table")
    parser.add_argument(
        "--directory", type=Path, help="where to work: needs three times the file's size"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
