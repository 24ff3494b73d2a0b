"""Which environment variables children see: those that read dumps none that may hold secrets.

The block that a process starts with stays readable to it for good (`/proc/self/environ`), and to
all that it forks. So children start with what is harmless, and those that have a use for the rest
are told it over the wire. Once they have prepared they keep what is needed to talk to others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

Variables = Sequence[tuple[bytes, bytes]]

_NAMES = frozenset(
    {
        *(b"PATH", b"HOME", b"USER", b"LOGNAME", b"SHELL", b"TERM", b"TMPDIR", b"TZ", b"TZDIR"),
        *(b"LANG", b"LANGUAGE", b"GLIBC_TUNABLES", b"VIRTUAL_ENV", b"OPENSSL_CONF"),
        b"__CF_USER_TEXT_ENCODING",
    }
)
_PREFIXES = (b"LC_", b"PYTHON", b"LD_", b"DYLD_", b"MALLOC_", b"COVERAGE_", b"OBJC_", b"SSL_CERT_")
"""Of the interpreter, of the loader, and of libraries that read them as they start."""
_OF_CALLERS = frozenset({b"REQUESTS_CA_BUNDLE", b"CURL_CA_BUNDLE"})
_OF_AMAZON = b"AWS_"
_OF_PROXIES = (b"_PROXY", b"_proxy")


def harmless(variables: Mapping[bytes, bytes] | None = None) -> dict[bytes, bytes]:
    """Return what every child may see."""
    found = os.environb if variables is None else variables
    return {name: value for name, value in found.items() if _is_harmless(name)}


def others(variables: Mapping[bytes, bytes] | None = None) -> Variables:
    """Return the rest: proxies, credentials, and whatever else."""
    found = os.environb if variables is None else variables
    return tuple(item for item in found.items() if not _is_harmless(item[0]))


def add(variables: Variables) -> None:
    """Have them in the environment of this process."""
    for name, value in variables:
        os.environb[name] = value


def drop(variables: Variables, *, remote: bool) -> None:
    """Have them no more, but for those of proxies, certificates and Amazon where it is `remote`."""
    for name, _ in variables:
        if not (remote and _is_for_callers(name)):
            os.environb.pop(name, None)


def _is_for_callers(name: bytes) -> bool:
    return name in _OF_CALLERS or name.startswith(_OF_AMAZON) or name.endswith(_OF_PROXIES)


def _is_harmless(name: bytes) -> bool:
    return name in _NAMES or name.startswith(_PREFIXES)
