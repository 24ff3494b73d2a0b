"""What a change takes away from boot-args, in words: nothing goes without being told."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.bootargs import bits, known
from pipeline.bootargs.number import number
from pipeline.bootargs.value import BootArgs


def taken_out(before: BootArgs, after: BootArgs) -> Iterator[str]:
    """Return a line for each word, and each bit of `debug`, that is there no more."""
    for name in dict.fromkeys(argument.name for argument in before):
        old, new = before.all(name), after.all(name)
        if old == new:
            continue
        value = before.effective(name)
        debug = number(value) if name == known.DEBUG and value is not None else None
        if debug is not None:
            yield from _bits(debug, number(after.effective(name) or "") or 0)
        else:
            words = " ".join(each.text for each in old)
            instead = " ".join(each.text for each in new)
            yield f"{words}: {f'now {instead}' if new else known.meaning(name)}"


def _bits(before: int, after: int) -> Iterator[str]:
    for bit, text in bits.explained(before & ~after):
        yield f"0x{bit:x} of debug: {text}"
