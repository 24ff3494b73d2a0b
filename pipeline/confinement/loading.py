"""What Python loads at first use, and must have loaded before files can no longer be read.

An account may not be able to read where Python lies, such as in somebody's home directory.
"""

LOADED_LATE = (
    "concurrent.futures.thread",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.utf_8_sig",
    "linecache",
    "locale",
)
