"""Traps of the text itself."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.bootargs import known
from pipeline.bootargs.pasting import CURLY, Pasted
from pipeline.bootargs.trap import Trap
from pipeline.bootargs.value import MOST_BYTES, BootArgs

_NEEDED = (known.DEBUG, known.SERVER, known.PORT, known.INTERFACE)


def traps(args: BootArgs, text: Pasted | None) -> Iterator[Trap]:
    """Return what is wrong with the text."""
    yield from _quotes(args, text)
    yield from _letters(args)
    if args.size > MOST_BYTES:
        yield Trap(
            code="form.too-long",
            fatal=True,
            what=f"{args.size} bytes: the kernel keeps {MOST_BYTES}",
            remedy="take out what is not needed",
        )
    for name in known.OURS:
        yield from _words(args, name)


def _quotes(args: BootArgs, text: Pasted | None) -> Iterator[Trap]:
    if (text is not None and text.curly) or any(sign in str(args) for sign in CURLY):
        yield Trap(
            code="form.curly-quotes",
            fatal=True,
            what="curly quotes: a shell takes them for letters, and the arguments for several",
            remedy='type straight quotes: nvram boot-args="…"',
        )
    if text is not None and text.unquoted:
        yield Trap(
            code="form.unquoted",
            fatal=True,
            what="quotes are missing: nvram takes only the first word for boot-args",
            remedy='put straight quotes around all of them: nvram boot-args="…"',
        )
    if any(sign in str(args) for sign in "\"'"):
        yield Trap(
            code="form.quotes",
            fatal=False,
            what="there are quotes in the value itself: the kernel takes them for letters",
            remedy="take them out; they belong around the value, in the command",
        )


def _letters(args: BootArgs) -> Iterator[Trap]:
    """Find blanks that are none, dashes that are no hyphens, line feeds in the middle."""
    for argument in args:
        strange = [sign for sign in argument.text if not "!" <= sign <= "~" and sign not in CURLY]
        if strange:
            signs = ", ".join(f"U+{ord(sign):04X}" for sign in dict.fromkeys(strange[:4]))
            yield Trap(
                code="form.not-ascii",
                fatal=any(name in argument.text for name in known.OURS),
                what=f"{argument.text}: has {signs}, which the kernel takes for a letter",
                remedy="type it with plain blanks and hyphens, in one line",
            )


def _words(args: BootArgs, name: str) -> Iterator[Trap]:
    words = args.all(name)
    if any(word.value is None for word in words):
        yield Trap(
            code="form.no-value",
            fatal=name in _NEEDED,
            what=f"{name} has no value: kernels pass over it, or take 1 or the next word for it",
            remedy=f"write {name}=… without blanks",
        )
    elif len(words) > 1:
        counts = "first" if name.startswith("_") else "last"
        yield Trap(
            code="form.twice",
            fatal=False,
            what=f"{name} is there {len(words)} times: the {counts} one counts",
            remedy="take out the others",
        )
