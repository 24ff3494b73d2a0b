"""Traps of the text itself, and of who may set it."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.bootargs import known
from pipeline.bootargs.pasting import Pasted
from pipeline.bootargs.surroundings import Surroundings
from pipeline.bootargs.trap import Trap
from pipeline.bootargs.value import MOST_BYTES, BootArgs
from pipeline.bootargs.wish import OURS


def traps(args: BootArgs, mac: Surroundings, text: Pasted | None) -> Iterator[Trap]:
    """Return what is wrong with the text."""
    if text is not None and text.curly:
        yield Trap(
            code="form.curly-quotes",
            fatal=True,
            what="curly quotes: a shell takes them for letters, and the arguments for several",
            remedy='type straight quotes: nvram boot-args="…"',
        )
    size = len(str(args).encode("utf-8", "surrogateescape"))
    if size > MOST_BYTES:
        yield Trap(
            code="form.too-long",
            fatal=True,
            what=f"{size} bytes: the kernel keeps {MOST_BYTES}",
            remedy="take out what is not needed",
        )
    for name in OURS:
        if len(args.all(name)) > 1:
            counts = "first" if name.startswith("_") else "last"
            yield Trap(
                code="form.twice",
                fatal=False,
                what=f"{name} is there {len(args.all(name))} times: the {counts} one counts",
                remedy="take out the others",
            )
        elif args.all(name) and args.effective(name) is None:
            yield Trap(
                code="form.no-value",
                fatal=name in (known.DEBUG, known.SERVER),
                what=f"{name} has no value: the kernel passes over it",
                remedy=f"write {name}=… without blanks",
            )
    if mac.sip:
        yield Trap(
            code="form.sip",
            fatal=False,
            what="System Integrity Protection is on: it keeps boot-args from being changed",
            remedy="in Recovery: csrutil disable; on Apple silicon also permissive security",
        )
