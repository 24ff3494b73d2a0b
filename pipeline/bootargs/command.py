"""The commands that set boot-args, as one types them into a shell."""

from __future__ import annotations

import re

from pipeline.bootargs.value import BootArgs

_SPECIAL = re.compile(r'([\\"$`!])')
UNDO = "sudo nvram -d boot-args"


def line(args: BootArgs) -> str:
    """Return the command that sets them, with straight quotes, safe to paste into a shell."""
    if not args.arguments:
        return UNDO
    text = str(args)
    if _SPECIAL.search(text):  # nothing in single quotes means anything but the single quote
        return "sudo nvram boot-args='" + text.replace("'", "'\\''") + "'"
    return f'sudo nvram boot-args="{text}"'
