"""The commands that set boot-args, as one types them into a shell."""

from __future__ import annotations

import re

from pipeline.bootargs.value import BootArgs

_SPECIAL = re.compile(r'[\\"$`!]')
_PLAIN = re.compile(rb"[A-Za-z0-9 =_.,:/+-]")
UNDO = "sudo nvram -d boot-args"


def line(args: BootArgs) -> str:
    """Return the command that sets exactly these, with straight quotes, for any POSIX shell.

    What a terminal would not show as it is, such as a line feed, is given to printf as a number.
    """
    text = str(args)
    if not text:
        return UNDO
    if not text.isprintable():
        return f"printf 'boot-args={_numbered(text)}' | xargs -0 sudo nvram"
    if _SPECIAL.search(text):  # nothing in single quotes means anything but the single quote
        return "sudo nvram boot-args='" + text.replace("'", "'\\''") + "'"
    return f'sudo nvram boot-args="{text}"'


def _numbered(text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    pieces = (data[place : place + 1] for place in range(len(data)))
    return "".join(each.decode() if _PLAIN.match(each) else f"\\{each[0]:03o}" for each in pieces)
