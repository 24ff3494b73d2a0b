"""Reads kernel cores: a dump's name, its gzip stream, its Mach-O header, its panic report."""

from pipeline.corefile.cause import likely_cause
from pipeline.corefile.inspector import (
    DEFAULT_MAX_UNCOMPRESSED,
    Inspector,
    inspect_descriptor,
)
from pipeline.corefile.name import DumpName
from pipeline.corefile.pieces import CHUNK, Hole, pieces

__all__ = [
    "CHUNK",
    "DEFAULT_MAX_UNCOMPRESSED",
    "DumpName",
    "Hole",
    "Inspector",
    "inspect_descriptor",
    "likely_cause",
    "pieces",
]
