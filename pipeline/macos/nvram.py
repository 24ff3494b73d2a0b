"""boot-args in NVRAM, by /usr/sbin/nvram, whose refusals are made plain."""

from __future__ import annotations

from pipeline.errors import MachineError, NeedsRoot
from pipeline.machine import Answer, Changes, Machine

NVRAM = "/usr/sbin/nvram"
VARIABLE = "boot-args"
_MISSING = "not found"
_NO_SUCH_OPTION = "no such option"
_NO_TEXT = "\ufffd"
_ALL = frozenset(range(256))
_SIP = (
    "System Integrity Protection refuses it: start from Recovery, run `csrutil disable` there (on "
    "Apple silicon also choose permissive security, on a Mac with T2 reduced security), and try "
    "again"
)


def boot_args(machine: Machine) -> str | None:
    """Return them; "" where none are set; None where nvram gives no answer that is text."""
    answer = machine.ask(NVRAM, VARIABLE)
    if answer is None:
        return None
    if answer.status:
        return "" if _MISSING in answer.err else None
    name, tab, value = answer.out.removesuffix("\n").partition("\t")
    return value if tab and name == VARIABLE and _NO_TEXT not in value else None


def write(changes: Changes, value: str) -> None:
    """Set them, or delete them where `value` is empty; MachineError where that has not worked.

    nvram may say nothing of a refusal, so they are read again.
    """
    answer = _set(changes, value) if value else _delete(changes)
    if answer is None:
        return
    found = boot_args(changes.machine)
    if found is None or found.strip(" ") != value:
        raise _refusal(answer, found)


def _set(changes: Changes, value: str) -> Answer | None:
    return changes.run(NVRAM, f"{VARIABLE}={value}", accept=_ALL)


def _delete(changes: Changes) -> Answer | None:
    """Delete them by -r, which tells what goes wrong; older systems have only -d, which hides it.

    Whether they were there at all is seen when they are read again.
    """
    answer = changes.run(NVRAM, "-r", VARIABLE, accept=_ALL)
    if answer is not None and answer.status and _NO_SUCH_OPTION in f"{answer.err}{answer.out}":
        return changes.run(NVRAM, "-d", VARIABLE, accept=_ALL)
    return answer


def save(changes: Changes) -> None:
    """Have what was written reach the hardware now; older systems cannot, and do so at restart."""
    changes.run(NVRAM, "-s", accept=_ALL)


def _refusal(answer: Answer, found: str | None) -> MachineError:
    said = answer.said
    if "not permitted" in said:
        return MachineError(f"nvram: {_SIP}")
    if "privilege" in said:
        return NeedsRootToWrite("nvram: only root may change boot-args; put sudo before it")
    if "general error" in said or answer.status == 0:
        what = "tells no boot-args" if found is None else "did not take the boot-args"
        return MachineError(f"nvram {what} ({said or 'no word why'}); perhaps {_SIP}")
    return MachineError(f"nvram ended with {answer.status}: {said}")


class NeedsRootToWrite(MachineError, NeedsRoot):
    """nvram itself says that it needs root."""

    exit_code = NeedsRoot.exit_code
