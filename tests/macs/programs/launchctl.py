"""launchctl: a launchd that keeps its jobs in the state, with launchd's own rules and numbers.

State, below "launchd": `jobs` (label -> plist path, pid, exit), `overrides` (label -> disabled),
`busy` (label -> how many more requests find a teardown under way), `slow` (how many such requests
each bootout leaves behind), `keeps` (labels that no bootout ends, for no reason), `sip` (labels
that SIP protects), `refuse` (how many bootstraps fail for no reason), `refuse_119` (how many find
the job disabled all the same: Login Items), `dead` (labels that end at once), `dead_from` (programs
that do), `style` ("true" for the older print-disabled).
"""

from __future__ import annotations

import os
import plistlib
import stat
import sys
from pathlib import Path
from typing import Any

from tests.macs.fake_mac import FakeMac
from tests.macs.launchd_rules import faults_of_plist

_FIRST_PID = 400


def main(mac: FakeMac, arguments: list[str]) -> int:
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    with mac.changed() as state:
        launchd = _launchd(state)
        act = _VERBS.get(verb)
        if act is None:
            print(f"Unrecognized subcommand: {verb}", file=sys.stderr)
            return 64
        return act(mac, launchd, rest)


def _launchd(state: dict[str, Any]) -> dict[str, Any]:
    launchd: dict[str, Any] = state.setdefault("launchd", {})
    for key in ("jobs", "overrides", "busy"):
        launchd.setdefault(key, {})
    return launchd


def _list(mac: FakeMac, launchd: dict[str, Any], rest: list[str]) -> int:
    if not rest:
        print("PID\tStatus\tLabel")
        for label, job in launchd["jobs"].items():
            print(f"{job['pid'] or '-'}\t{job['exit']}\t{label}")
        return 0
    job = launchd["jobs"].get(rest[0])
    if job is None:
        print(f'Could not find service "{rest[0]}" in domain for system', file=sys.stderr)
        return 113
    print("{")
    print('\t"LimitLoadToSessionType" = "System";')
    print(f'\t"Label" = "{rest[0]}";')
    print('\t"OnDemand" = true;')
    print(f'\t"LastExitStatus" = {job["exit"]};')
    if job["pid"]:
        print(f'\t"PID" = {job["pid"]};')
    program = job["program"][0]
    print(f'\t"Program" = "{program}";')
    print('\t"ProgramArguments" = (')
    for argument in job["program"]:
        print(f'\t\t"{argument}";')
    print("\t);\n};")
    return 0


def _bootstrap(mac: FakeMac, launchd: dict[str, Any], rest: list[str]) -> int:
    if len(rest) != 2 or rest[0] != "system":
        return _failed("Bootstrap", 5, "Input/output error")
    place = mac.machine.place(rest[1])
    found = _read(place)
    if found is None or _wrong_owner(place) or faults_of_plist(found):
        return _failed("Bootstrap", 5, "Input/output error")
    label = found["Label"]
    if label in launchd.get("sip", ()):
        return _failed(
            "Bootstrap", 150, "Operation not permitted while System Integrity Protection is engaged"
        )
    if _is_busy(launchd, label):
        return _failed("Bootstrap", 37, "Operation already in progress")
    if launchd.get("refuse", 0) > 0:
        launchd["refuse"] -= 1
        return _failed("Bootstrap", 5, "Input/output error")
    if _is_disabled(launchd, label, found):
        return _failed("Bootstrap", 119, "Service is disabled")
    if label in launchd["jobs"]:
        return _failed("Bootstrap", 5, "Input/output error")
    if _holds_port(launchd, found):
        return _failed("Bootstrap", 5, "Input/output error")
    job = {"plist": rest[1], "pid": 0, "exit": 0, "program": found["ProgramArguments"]}
    job["sockets"] = [each.get("SockServiceName") for each in found.get("Sockets", {}).values()]
    launchd["jobs"][label] = job
    if found.get("RunAtLoad") and not launchd.get("forgets_run_at_load"):
        _run(launchd, label)
    return 0


def _bootout(mac: FakeMac, launchd: dict[str, Any], rest: list[str]) -> int:
    label = _label(rest)
    if label is None:
        return _failed("Boot-out", 5, "Input/output error")
    if label in launchd.get("sip", ()):
        return _failed(
            "Boot-out", 150, "Operation not permitted while System Integrity Protection is engaged"
        )
    if label in launchd.get("keeps", ()):
        return _failed("Boot-out", 5, "Input/output error")
    if _is_busy(launchd, label):
        return _failed("Boot-out", 36, "Operation now in progress")
    if launchd["jobs"].pop(label, None) is None:
        return _failed("Boot-out", 3, "No such process")
    if launchd.get("slow", 0):
        launchd["busy"][label] = launchd["slow"]
    return 0


def _kickstart(mac: FakeMac, launchd: dict[str, Any], rest: list[str]) -> int:
    kill, rest = rest[:1] == ["-k"], [each for each in rest if each != "-k"]
    label = _label(rest)
    if label is None or label not in launchd["jobs"]:
        print(f'Could not find service "{label}" in domain for system', file=sys.stderr)
        return 113
    if kill or not launchd["jobs"][label]["pid"]:
        _run(launchd, label)
    return 0


def _enable(mac: FakeMac, launchd: dict[str, Any], rest: list[str]) -> int:
    return _override(launchd, rest, disabled=False)


def _disable(mac: FakeMac, launchd: dict[str, Any], rest: list[str]) -> int:
    return _override(launchd, rest, disabled=True)


def _override(launchd: dict[str, Any], rest: list[str], *, disabled: bool) -> int:
    label = _label(rest)
    if label is None:
        print("Unrecognized target specifier.", file=sys.stderr)
        return 64
    launchd["overrides"][label] = disabled
    return 0


def _print_disabled(mac: FakeMac, launchd: dict[str, Any], rest: list[str]) -> int:
    words = ("true", "false") if launchd.get("style") == "true" else ("disabled", "enabled")
    print("disabled services = {")
    for label, off in {"com.apple.ftp-proxy": True, **launchd["overrides"]}.items():
        print(f'\t"{label}" => {words[0] if off else words[1]}')
    print("}")
    return 0


def _print(mac: FakeMac, launchd: dict[str, Any], rest: list[str]) -> int:
    label = _label(rest)
    job = launchd["jobs"].get(label)
    if job is None:
        print(
            f'Bad request.\nCould not find service "{label}" in domain for system', file=sys.stderr
        )
        return 113
    state = "running" if job["pid"] else "not running"
    print(f"system/{label} = {{\n\tactive count = 1\n\tpath = {job['plist']}\n\tstate = {state}")
    print("\n\tresource coalition = {\n\t\tstate = active\n\t}\n}")
    return 0


def _old(mac: FakeMac, launchd: dict[str, Any], rest: list[str]) -> int:
    """load and unload: they say that all is well, whatever happens."""
    return 0


_VERBS = {
    "list": _list,
    "bootstrap": _bootstrap,
    "bootout": _bootout,
    "kickstart": _kickstart,
    "enable": _enable,
    "disable": _disable,
    "print-disabled": _print_disabled,
    "print": _print,
    "load": _old,
    "unload": _old,
}


def _run(launchd: dict[str, Any], label: str) -> None:
    job = launchd["jobs"][label]
    launchd["started"] = launchd.get("started", _FIRST_PID) + 1
    if job["sockets"]:
        job["pid"] = 0  # started when something comes to its socket
    elif label in launchd.get("dead", ()) or job["program"][0] in launchd.get("dead_from", ()):
        job["pid"], job["exit"] = 0, 256
    else:
        job["pid"] = launchd["started"]


def _holds_port(launchd: dict[str, Any], plist: dict[str, Any]) -> bool:
    wanted = {each.get("SockServiceName") for each in plist.get("Sockets", {}).values()}
    return any(wanted & set(job["sockets"]) for job in launchd["jobs"].values())


def _is_disabled(launchd: dict[str, Any], label: str, plist: dict[str, Any]) -> bool:
    if launchd.get("refuse_119", 0) > 0:
        launchd["refuse_119"] -= 1
        return True
    return bool(launchd["overrides"].get(label, plist.get("Disabled", False)))


def _is_busy(launchd: dict[str, Any], label: str) -> bool:
    left = launchd["busy"].get(label, 0)
    launchd["busy"][label] = max(left - 1, 0)
    return bool(left)


def _label(rest: list[str]) -> str | None:
    domain, _, label = rest[0].partition("/") if rest else ("", "", "")
    return label if domain == "system" and label else None


def _read(place: Path) -> dict[str, Any] | None:
    try:
        value: dict[str, Any] = plistlib.loads(place.read_bytes())
    except (OSError, ValueError, plistlib.InvalidFileException):
        return None
    return value


def _wrong_owner(place: Path) -> bool:
    """launchd loads nothing that others could change. Root of the rehearsal stands for root."""
    found = os.stat(place)
    return found.st_uid not in (0, os.geteuid()) or bool(
        found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


def _failed(what: str, number: int, text: str) -> int:
    print(f"{what} failed: {number}: {text}", file=sys.stderr)
    return number
