"""Kernel memory: text, strings, structures, zero pages; about as compressible as the real thing."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Mapping

from tests.cores.spec import CoreSpec

_PAGE = 4096
_LIBRARY_PAGES = (
    1024  # distinct pages; gzip looks back no further than one, so repeats cost nothing
)
_BLOCK_PAGES = 64
_WORDS = (
    b"IOService", b"kalloc.type", b"com.apple.driver", b"vnode", b"task", b"mach_msg", b"%s: %d\n",
    b"pmap_", b"OSObject", b"thread", b"lck_mtx", b"IOPCIDevice", b"zone", b"sysctl", b"ipc_port",
)  # fmt: skip


def memory(spec: CoreSpec, size: int) -> Iterator[bytes]:
    """Yield `size` bytes of memory, with the kernel's texts where they belong."""
    placed = _placed(spec, size)
    at = 0
    for block in _filler(spec, size):
        yield _with_texts(block, at, placed)
        at += len(block)


def _placed(spec: CoreSpec, size: int) -> Mapping[int, bytes]:
    """Return what lies where: kernel strings at the start, the report's copies further on."""
    texts = {64: kernel_strings(spec)}
    report = spec.report_text.encode() + b"\0"
    for copy in range(spec.report_copies if spec.report else 0):
        at = size * (6 + copy) // (7 + spec.report_copies) & ~63
        texts[max(at, 1024 + copy * 8192)] = report
    return {at: text for at, text in texts.items() if at + len(text) <= size}


def kernel_strings(spec: CoreSpec) -> bytes:
    """Return strings of the kernel's text, among them the panic line before it is formatted."""
    return b"\0".join(
        (
            b"panic(cpu %u caller 0x%lx): ",
            b'panic(cpu %d caller 0x%016llx): "%s"',
            b"Kernel Extensions in backtrace:",
            b"Darwin Kernel Version %d.%d",
            spec.version.encode(),
            b"Mac OS version:\n%s",
            b"",
        )
    )


def _with_texts(block: bytes, at: int, placed: Mapping[int, bytes]) -> bytes:
    stop = at + len(block)
    here = {
        start: text for start, text in placed.items() if start < stop and start + len(text) > at
    }
    if not here:
        return block
    changed = bytearray(block)
    for start, text in here.items():
        part = text[max(at - start, 0) : stop - start]
        begin = max(start - at, 0)
        changed[begin : begin + len(part)] = part
    return bytes(changed)


def _filler(spec: CoreSpec, size: int) -> Iterator[bytes]:
    chance = random.Random(f"memory {spec.seed} {spec.arch}")
    count = min(_LIBRARY_PAGES, max(size // _PAGE, 1))
    library = [_page(chance, spec.machine.base) for _ in range(count)]
    while size > 0:
        block = b"".join(chance.choices(library, k=min(_BLOCK_PAGES, -(-size // _PAGE))))[:size]
        size -= len(block)
        yield block


def _page(chance: random.Random, base: int) -> bytes:
    kind = chance.random()
    if kind < 0.40:
        return bytes(_PAGE)
    if kind < 0.45:
        return chance.randbytes(_PAGE)
    if kind < 0.58:
        return _strings(chance)
    if kind < 0.75:
        return _code(chance)
    return _structures(chance, base)


def _strings(chance: random.Random) -> bytes:
    words = (
        word + b"%d\0" % chance.randrange(1000) for word in chance.choices(_WORDS, k=_PAGE // 6)
    )
    return b"".join(words)[:_PAGE].ljust(_PAGE, b"\0")


def _code(chance: random.Random) -> bytes:
    common = [chance.randbytes(4) for _ in range(48)]
    words = (
        pick if chance.random() < 0.7 else chance.randbytes(2) + pick[2:]
        for pick in chance.choices(common, k=_PAGE // 4)
    )
    return b"".join(words)


def _structures(chance: random.Random, base: int) -> bytes:
    """Return records of pointers, counters and flags, as zone pages hold them."""
    size = chance.choice((64, 96, 128, 256))
    template = bytearray(size)
    records = []
    for number in range(_PAGE // size + 1):
        pointers = (base + chance.getrandbits(24) * 16 for _ in range(2))
        struct.pack_into("<QQII", template, 0, *(p % (1 << 64) for p in pointers), number, 0x10)
        records.append(bytes(template))
    return b"".join(records)[:_PAGE]
