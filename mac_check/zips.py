"""Zips of ours, opened by what people on a Mac open them with."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import zlib
from pathlib import Path

from mac_check.result import Result, Scene, failed, judged, not_here
from pipeline.stages.zip_container import FOUR_GIB, Totals, ZipWriter

_DITTO = "/usr/bin/ditto"
_OPEN = "/usr/bin/open"
_LAUNCHCTL = "/bin/launchctl"
_MIB = 1 << 20
_SPACE = 7 << 30
_NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e"


def ditto_opens_ours(scene: Scene) -> Result:
    zipped, content = _small(scene.directory)
    answer = scene.machine.run(_DITTO, "-x", "-k", str(zipped), str(scene.directory / "out"))
    if answer.status != 0:
        return failed(f"ditto ended with {answer.status}: {answer.said}")
    same = (scene.directory / "out" / _NAME).read_bytes() == content
    return judged(same, "ditto -x -k gives back the bytes" if same else "other bytes came back")


def ditto_opens_what_exceeds_4_gib(scene: Scene) -> Result:
    """An entry of more than 4 GiB of zeros: Zip64 in both headers."""
    if shutil.disk_usage(scene.directory).free < _SPACE:
        return not_here("fewer than 7 GiB are free")
    zipped, size, digest = _large(scene.directory)
    out = scene.directory / "out"
    answer = scene.machine.run(_DITTO, "-x", "-k", str(zipped), str(out), patience=500)
    if answer.status != 0:
        return failed(f"ditto ended with {answer.status}: {answer.said}")
    with (out / _NAME).open("rb") as file:
        same = hashlib.file_digest(file, "sha256").hexdigest() == digest
    return judged(same, f"{size} bytes, {'as' if same else 'not as'} they were packed")


def archive_utility_opens_ours(scene: Scene) -> Result:
    """The graphical way: a double click. Needs somebody's session, and a file of theirs."""
    if scene.root:
        return not_here("run it without sudo: the application runs as the user")
    session = scene.machine.ask(_LAUNCHCTL, "managername")
    if session is None or session.out.strip() != "Aqua":
        return not_here("no graphical session")
    zipped, content = _small(scene.directory)
    scene.machine.run(_OPEN, "-g", "-a", "Archive Utility", str(zipped))
    end = time.monotonic() + 40
    while time.monotonic() < end:
        for found in scene.directory.rglob(_NAME):
            if found.stat().st_size == len(content):
                same = found.read_bytes() == content
                return judged(same, "gives back the bytes" if same else "other bytes came back")
        time.sleep(0.2)
    return failed("nothing was unpacked within 40 s")


def _small(directory: Path) -> tuple[Path, bytes]:
    content = os.urandom(_MIB) + bytes(4 * _MIB)
    zipped = directory / "core.zip"
    with zipped.open("w+b") as file:
        writer = ZipWriter(file, modified_ns=time.time_ns())
        writer.add("dump.json", b"{}")
        writer.add(_NAME, content)
        writer.close()
    return zipped, content


def _large(directory: Path) -> tuple[Path, int, str]:
    """Return a zip, the size of what is in it, and its SHA-256."""
    block = bytes(16 * _MIB)
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    blocks = FOUR_GIB // len(block) + 2
    crc, digest = 0, hashlib.sha256()
    zipped = directory / "large.zip"
    with zipped.open("w+b") as file:
        writer = ZipWriter(file, modified_ns=time.time_ns())
        writer.begin(_NAME, largest=blocks * len(block))
        for _ in range(blocks):
            writer.write(packed)
            crc = zlib.crc32(block, crc)
            digest.update(block)
        writer.write(packer.flush())
        writer.end(Totals(crc32=crc, uncompressed_size=blocks * len(block)))
        writer.close()
    return zipped, blocks * len(block), digest.hexdigest()
