"""boot-args in NVRAM, by /usr/sbin/nvram, whose refusals are made plain."""

from __future__ import annotations

from pipeline.errors import MachineError, NeedsRoot
from pipeline.machine import Answer, Changes, Machine

NVRAM = "/usr/sbin/nvram"
VARIABLE = "boot-args"
_MISSING = ("data was not found", "not found")
_ALL = frozenset(range(256))
_SIP = (
    "System Integrity Protection refuses it: start from Recovery, run `csrutil disable` there (on "
    "Apple silicon also choose permissive security, on a Mac with T2 reduced security), and try "
    "again"
)


def boot_args(machine: Machine) -> str | None:
    """Return them; "" where none are set; None where nvram gives no answer."""
    answer = machine.ask(NVRAM, VARIABLE)
    if answer is None:
        return None
    if answer.status:
        return "" if any(word in answer.err for word in _MISSING) else None
    name, tab, value = answer.out.rstrip("\n").partition("\t")
    return value if tab and name == VARIABLE else None


def write(changes: Changes, value: str) -> None:
    """Set them, or delete them where `value` is empty; MachineError where that has not worked.

    nvram may say nothing of a refusal, so they are read again.
    """
    if value:
        answer = changes.run(NVRAM, f"{VARIABLE}={value}", accept=_ALL)
    elif boot_args(changes.machine) == "" and not changes.dry_run:
        return
    else:
        answer = changes.run(NVRAM, "-d", VARIABLE, accept=_ALL)  # it hides what goes wrong
    if answer is None:
        return
    found = boot_args(changes.machine)
    if answer.status or found is None or found.split() != value.split():
        raise _refusal(answer, found)


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
        what = "is not what was written" if found else "does not say what it holds"
        return MachineError(f"nvram: boot-args {what} ({said or 'no word why'}); {_SIP}")
    return MachineError(f"nvram ended with {answer.status}: {said}")


class NeedsRootToWrite(MachineError, NeedsRoot):
    """nvram itself says that it needs root."""

    exit_code = NeedsRoot.exit_code
