"""boot-args as they were before a change of ours, with what others have changed since."""

from __future__ import annotations

from pipeline.bootargs import known
from pipeline.bootargs.number import number
from pipeline.bootargs.value import BootArgs

_OURS = (*known.OURS, known.PORT_WRONG)


def taken_back(current: BootArgs, added: BootArgs, before: BootArgs) -> BootArgs:
    """Return what there should be once `added` is undone, which was made from `before`.

    What is as it was made becomes what it was. Otherwise somebody has changed something since:
    arguments of ours that are still as we made them go back to what they were, of `debug` the bits
    that we changed do, and all else stays. Where none of what we added is left, somebody has undone
    it, and nothing is to be done.
    """
    if current == added:
        return before
    new = set(added.arguments) - set(before.arguments)
    if new and new.isdisjoint(current.arguments):
        return current
    result = current
    for name in _OURS:
        if current.all(name) == added.all(name):
            result = result.replaced(name, before.all(name))
    if current.all(known.DEBUG) != added.all(known.DEBUG):
        result = _bits_back(result, added, before)
    return result


def _bits_back(current: BootArgs, added: BootArgs, before: BootArgs) -> BootArgs:
    now = _debug(current)
    if now is None:
        return current
    had, ours = _debug(before) or 0, _debug(added) or 0
    changed = had ^ ours
    left = (now & ~changed) | (had & changed)
    if left == now:
        return current
    return current.set(known.DEBUG, f"0x{left:x}") if left else current.without(known.DEBUG)


def _debug(args: BootArgs) -> int | None:
    return number(args.effective(known.DEBUG) or "")
