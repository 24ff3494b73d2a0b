"""Write one core to a file: `python -m tests.cores --arch arm64 --size 64M --gzip OUTPUT`."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.cores import CoreSpec, kdumpd_name, write_core
from tests.cores.machines import ARCHES

_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def main() -> None:
    """Write the core and print where it lies."""
    options = _parser().parse_args()
    spec = CoreSpec(
        arch=options.arch,
        xnu=options.xnu,
        size=options.size,
        gzipped=options.gzip,
        seed=options.seed,
        client=options.client,
    )
    output: Path = options.output
    path = output / kdumpd_name(spec) if output.is_dir() else output
    with path.open("wb") as file:
        write_core(spec, file)
    print(path)  # noqa: T201 (this is what a script reads)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.cores", description=__doc__)
    parser.add_argument("--arch", choices=ARCHES, default="x86_64")
    parser.add_argument("--xnu", default="8796.141.3", help="kernel version, such as 8796.141.3")
    parser.add_argument("--size", type=_size, default=1 << 20, help="uncompressed, such as 64M")
    parser.add_argument("--gzip", action="store_true", help="compress as the kernel does")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--client", default="10.0.40.7", help="IPv4 address for the name")
    parser.add_argument("output", type=Path, help="a file, or a directory for kdumpd's name")
    return parser


def _size(text: str) -> int:
    number, unit = text[:-1], text[-1:].upper()
    return int(number) * _UNITS[unit] if unit in _UNITS else int(text)


if __name__ == "__main__":
    main()
