"""Certificates of authorities, kept for a process that soon can read no more files.

boto3 reads them at each connection.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any


def keep(file: str) -> None:
    """Read the file now; whoever loads it later in this process gets what it holds now.

    One that cannot be used is left to whoever loads it, and who tells what is wrong with it.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
        text = Path(file).read_text("ascii", "replace")
    except OSError:  # as all faults of ssl are
        return
    load = ssl.SSLContext.load_verify_locations

    def load_kept(
        context: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None
    ) -> None:
        if cafile == file and not cadata:
            cafile, cadata = None, text
        load(context, cafile, capath, cadata)

    ssl.SSLContext.load_verify_locations = load_kept  # type: ignore[assignment]
