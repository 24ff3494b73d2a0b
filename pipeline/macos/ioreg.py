"""What the I/O Registry says of network interfaces: each with all that it hangs on.

Three questions, answered as property lists, joined by the registry's own numbers:

- every IONetworkInterface, with the chain of its ancestors up to the root and their classes,
- every IOPCIDevice with its properties: the chip, and whether it comes through Thunderbolt,
- every IONetworkController with its children, among which a driver that can send while the kernel
  is stopped shows an IOKernelDebugger (only if the kernel was started with `debug=`), and the one
  that the kernel uses shows an IOKDP below that.

`ioreg -a` prints nothing at all where nothing matches. With `-t`, an ancestor's children are one
dictionary and no list.
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from xml.parsers.expat import ExpatError

from pipeline.machine import Machine

_IOREG = "/usr/sbin/ioreg"
_INTERFACES = ("-a", "-i", "-r", "-t", "-d", "1", "-c", "IONetworkInterface")
_PCI_DEVICES = ("-a", "-r", "-d", "1", "-c", "IOPCIDevice")
_CONTROLLERS = ("-a", "-r", "-d", "3", "-c", "IONetworkController")
_BSD_NAME = re.compile(r"[a-z][a-z0-9]{0,14}", re.ASCII)
_DEEPEST = 64  # as ioreg itself


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of the registry."""

    number: int | None
    classes: frozenset[str]
    """Its class and all that this inherits from."""
    properties: Mapping[str, Any]

    def number_of(self, name: str) -> int | None:
        """Return a property that is four bytes, the lowest first, or a number; None otherwise."""
        value = self.properties.get(name)
        if isinstance(value, bytes) and value:
            return int.from_bytes(value[:4], "little")
        return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A network interface and what it hangs on."""

    entry: Entry
    above: tuple[Entry, ...]
    """Its ancestors, the nearest first."""
    debugger: bool | None = None
    """Whether its driver offers to send for a stopped kernel; None where nobody can tell."""
    debugged: bool = False
    """Whether the running kernel's debugger is attached to it."""

    def inherits(self, *classes: str) -> bool:
        """Whether it or an ancestor is of one of these classes, or of a class derived from them."""
        return any(entry.classes.intersection(classes) for entry in (self.entry, *self.above))

    def begins(self, *beginnings: str) -> bool:
        """Whether it or an ancestor has a class whose name begins like one of these."""
        entries = (self.entry, *self.above)
        return any(name.startswith(beginnings) for entry in entries for name in entry.classes)


def attachments(machine: Machine) -> Mapping[str, Attachment] | None:
    """Return the network interfaces of the registry by BSD name; None where it does not tell any.

    No answer, one that cannot be read, and one without any interface prove nothing.
    """
    trees = _asked(machine, _INTERFACES)
    if not trees:
        return None
    pci = dict(map(_numbered, _asked(machine, _PCI_DEVICES) or ()))
    controllers = _controllers(_asked(machine, _CONTROLLERS) or ())
    found = {}
    for tree in trees:
        chain = [_completed(_entry(node), pci) for node in _chain(tree)]
        name = chain[-1].properties.get("BSD Name")
        if isinstance(name, str) and _BSD_NAME.fullmatch(name):
            attachment = Attachment(entry=chain[-1], above=tuple(reversed(chain[:-1])))
            found[name] = _with_debugger(attachment, controllers)
    return found or None


def _asked(machine: Machine, question: tuple[str, ...]) -> list[dict[str, Any]] | None:
    answer = machine.ask(_IOREG, *question)
    if answer is None or answer.status != 0:
        return None
    if not answer.out.strip():
        return []
    try:
        trees = plistlib.loads(answer.out.encode(), fmt=plistlib.FMT_XML)
    except (plistlib.InvalidFileException, ExpatError, ValueError, TypeError, LookupError):
        return None
    return [tree for tree in trees if isinstance(tree, dict)] if isinstance(trees, list) else None


def _chain(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Go from the root down to the entry that was asked for."""
    node: Any = tree
    for _ in range(_DEEPEST):
        yield node
        node = node.get("IORegistryEntryChildren")
        if not isinstance(node, dict):
            return


def _entry(node: Mapping[str, Any]) -> Entry:
    bases = node.get("IOObjectInheritance")
    names = [node.get("IOObjectClass"), *(bases if isinstance(bases, list) else ())]
    number = node.get("IORegistryEntryID")
    return Entry(
        number=number if isinstance(number, int) else None,
        classes=frozenset(name for name in names if isinstance(name, str)),
        properties=node,
    )


def _numbered(node: Mapping[str, Any]) -> tuple[int | None, Entry]:
    entry = _entry(node)
    return entry.number, entry


def _completed(entry: Entry, pci: Mapping[int | None, Entry]) -> Entry:
    """Add the properties of a PCI device, which come with the second answer only."""
    known = pci.get(entry.number) if entry.number is not None else None
    if known is None:
        return entry
    return replace(entry, properties={**known.properties, **entry.properties})


def _controllers(trees: list[dict[str, Any]] | tuple[()]) -> Mapping[int, frozenset[str]]:
    """Of each controller's number the classes of what hangs on it."""
    found = {}
    for tree in trees:
        entry = _entry(tree)
        if entry.number is not None:
            found[entry.number] = frozenset().union(*(e.classes for e in _below(tree)))
    return found


def _below(tree: Mapping[str, Any]) -> Iterator[Entry]:
    waiting = [tree]
    while waiting:
        children = waiting.pop().get("IORegistryEntryChildren")
        for child in children if isinstance(children, list) else ():
            if isinstance(child, dict):
                yield _entry(child)
                waiting.append(child)


def _with_debugger(attachment: Attachment, controllers: Mapping[int, frozenset[str]]) -> Attachment:
    """Add what the controller shows. That one shows a debugger proves that others could."""
    for entry in attachment.above:
        below = controllers.get(entry.number) if entry.number is not None else None
        if below is not None:
            on = any("IOKernelDebugger" in classes for classes in controllers.values())
            return replace(
                attachment,
                debugger="IOKernelDebugger" in below if on else None,
                debugged="IOKDP" in below,
            )
    return attachment
