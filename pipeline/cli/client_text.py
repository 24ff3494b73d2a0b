"""How boot-args, what is wrong with them and what a change takes away are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.bootargs import bits, known
from pipeline.bootargs.difference import taken_out
from pipeline.bootargs.number import number
from pipeline.bootargs.trap import Trap
from pipeline.bootargs.value import BootArgs
from pipeline.cli import output
from pipeline.errors import ExitCode

_WIDEST_WORD = 40


def show(args: BootArgs) -> None:
    """Print every argument, and every bit of `debug`, with what it does."""
    rows = list(_rows(args))
    width = min(max((len(name) for name, _ in rows), default=0), _WIDEST_WORD)
    for name, text in rows:
        output.say(f"  {name:<{width}}  {text}")


def _rows(args: BootArgs) -> Iterator[tuple[str, str]]:
    for argument in args:
        yield argument.text, known.meaning(argument.name)
        value = argument.value
        debug = number(value) if argument.name == known.DEBUG and value is not None else None
        for bit, text in bits.explained(debug or 0):
            yield f"  0x{bit:x}", text


def show_taken_out(before: BootArgs, after: BootArgs) -> None:
    """Print what a change takes away, where it takes anything away."""
    lines = list(taken_out(before, after))
    if lines:
        output.say("Taken out, because it would be in the way:")
    for line in lines:
        output.say(f"  {line}")


def show_traps(found: Sequence[Trap]) -> None:
    """Print what is wrong, and what to do."""
    for trap in found:
        output.say(
            f"{'FAIL' if trap.fatal else 'warn'}  {trap.what}", "red" if trap.fatal else "yellow"
        )
        output.say(f"      -> {trap.remedy}")


def exit_code(found: Sequence[Trap]) -> ExitCode:
    """Return how bad it is."""
    if any(trap.fatal for trap in found):
        return ExitCode.UNHEALTHY
    return ExitCode.WARNED if found else ExitCode.OK


def value(args: BootArgs, found: Sequence[Trap]) -> dict[str, Any]:
    """Return all of it for programs."""
    debug = args.effective(known.DEBUG)
    return {
        "boot_args": str(args),
        "arguments": [
            {"name": each.name, "value": each.value, "meaning": known.meaning(each.name)}
            for each in args
        ],
        "debug": [
            {"bit": f"0x{bit:x}", "meaning": text}
            for bit, text in bits.explained(number(debug or "") or 0)
        ],
        "traps": [
            {"code": each.code, "fatal": each.fatal, "what": each.what, "remedy": each.remedy}
            for each in found
        ],
    }
