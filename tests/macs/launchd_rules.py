"""What launchd accepts: keys and types of launchd.plist(5), and launchctl's verbs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "Label": (str,),
    "Disabled": (bool,),
    "UserName": (str,),
    "GroupName": (str,),
    "inetdCompatibility": (dict,),
    "Program": (str,),
    "ProgramArguments": (list,),
    "EnableGlobbing": (bool,),
    "KeepAlive": (bool, dict),
    "RunAtLoad": (bool,),
    "RootDirectory": (str,),
    "WorkingDirectory": (str,),
    "EnvironmentVariables": (dict,),
    "Umask": (int, str),
    "TimeOut": (int,),
    "ExitTimeOut": (int,),
    "ThrottleInterval": (int,),
    "InitGroups": (bool,),
    "WatchPaths": (list,),
    "QueueDirectories": (list,),
    "StartOnMount": (bool,),
    "StartInterval": (int,),
    "StartCalendarInterval": (dict, list),
    "StandardInPath": (str,),
    "StandardOutPath": (str,),
    "StandardErrorPath": (str,),
    "Debug": (bool,),
    "SoftResourceLimits": (dict,),
    "HardResourceLimits": (dict,),
    "Nice": (int,),
    "ProcessType": (str,),
    "AbandonProcessGroup": (bool,),
    "LowPriorityIO": (bool,),
    "LaunchOnlyOnce": (bool,),
    "MachServices": (dict,),
    "Sockets": (dict,),
    "SessionCreate": (bool,),
    "AssociatedBundleIdentifiers": (str, list),
}
_LIMITS = frozenset(
    {"Core", "CPU", "Data", "FileSize", "MemoryLock", "NumberOfFiles", "NumberOfProcesses"}
    | {"ResidentSetSize", "Stack"}
)
_SOCKET = {
    "SockType": ("stream", "dgram", "seqpacket"),
    "SockFamily": ("IPv4", "IPv6", "IPv4v6", "Unix"),
    "SockProtocol": ("TCP", "UDP"),
}
_PROCESS_TYPES = ("Background", "Standard", "Adaptive", "Interactive")
_KEEP_ALIVE = frozenset({"SuccessfulExit", "PathState", "OtherJobEnabled", "Crashed"})
_TARGET = re.compile(r"system/[A-Za-z0-9._-]+")
_VERBS: dict[str, tuple[str, ...]] = {
    "list": (r"[A-Za-z0-9._-]+",),
    "bootstrap": ("system", r"/\S.*\.plist"),
    "bootout": (_TARGET.pattern,),
    "enable": (_TARGET.pattern,),
    "disable": (_TARGET.pattern,),
    "kickstart": (_TARGET.pattern,),
    "print": (_TARGET.pattern,),
    "print-disabled": ("system",),
}


def faults_of_plist(plist: Mapping[str, Any]) -> list[str]:
    """Return what launchd would refuse or pass over in a property list."""
    return list(_faults(plist))


def _faults(plist: Mapping[str, Any]) -> Iterator[str]:
    for key, value in plist.items():
        types = _TYPES.get(key)
        if types is None:
            yield f"{key}: launchd.plist(5) has no such key"
        elif type(value) not in types:
            yield f"{key}: is a {type(value).__name__}"
    yield from _program_faults(plist)
    yield from _value_faults(plist)
    yield from _socket_faults(plist.get("Sockets", {}))


def _value_faults(plist: Mapping[str, Any]) -> Iterator[str]:
    for key in ("SoftResourceLimits", "HardResourceLimits"):
        for limit, value in plist.get(key, {}).items():
            if limit not in _LIMITS or type(value) is not int:
                yield f"{key}.{limit}: is no limit"
    if plist.get("ProcessType", "Standard") not in _PROCESS_TYPES:
        yield "ProcessType: is none"
    if isinstance(plist.get("KeepAlive"), dict) and plist["KeepAlive"].keys() - _KEEP_ALIVE:
        yield "KeepAlive: has a key that there is not"
    if isinstance(plist.get("Umask"), str) and not re.fullmatch("0?[0-7]{2,3}", plist["Umask"]):
        yield "Umask: is not octal"


def _program_faults(plist: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(plist.get("Label"), str) or not plist["Label"]:
        yield "Label: is missing"
    program = plist.get("ProgramArguments")
    if not program or not all(isinstance(each, str) for each in program):
        yield "ProgramArguments: must be texts"
    elif not program[0].startswith("/"):
        yield "ProgramArguments: launchd has no PATH worth its name"


def _socket_faults(sockets: Mapping[str, Any]) -> Iterator[str]:
    for name, socket in sockets.items():
        for key, allowed in _SOCKET.items():
            if key in socket and socket[key] not in allowed:
                yield f"Sockets.{name}.{key}: {socket[key]}"
        if not isinstance(socket.get("SockServiceName", ""), str):
            yield f"Sockets.{name}.SockServiceName: must be text"


def faults_of_calls(calls: Sequence[Sequence[str]]) -> list[str]:
    """Return which recorded calls of launchctl the real one would not understand."""
    return [
        " ".join(call)
        for call in calls
        if call[0].endswith("/launchctl") and not _understood(call[1:])
    ]


def _understood(arguments: Sequence[str]) -> bool:
    form = _VERBS.get(arguments[0]) if arguments else None
    if form is None:
        return False
    rest = [each for each in arguments[1:] if each != "-k" or arguments[0] != "kickstart"]
    return len(rest) == len(form) and all(
        re.fullmatch(pattern, each) for pattern, each in zip(form, rest, strict=True)
    )
