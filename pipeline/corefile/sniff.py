"""Telling by the first bytes what a content is, or what else it is."""

from __future__ import annotations

import codecs

GZIP = b"\x1f\x8b"
MACHO = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xfe\xed\xfa\xce")
HEAD = 512
"""Bytes that suffice to tell; a Mach-O core tells by its first four."""

# Signatures of the kernel's own on-disk cores: another format, which kdumpd never receives.
_LOCAL_CORES = (
    (b"Rad Mac\0", "a local on-disk kernel core (mach_core_fileheader)"),
    (b"Boss Mac", "a local on-disk kernel core (mach_core_fileheader, version 2)"),
    (b"AEA1", "encrypted (AEA, as local on-disk kernel cores are)"),
)
_FOREIGN = (
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"PK\x05\x06", "an empty zip archive"),
    (0, GZIP, "gzip within gzip"),
    (0, b"\x28\xb5\x2f\xfd", "zstd-compressed"),
    (0, b"\xfd7zXZ\x00", "xz-compressed"),
    (0, b"\x04\x22\x4d\x18", "LZ4-compressed"),
    (0, b"BZh", "bzip2-compressed"),
    (0, b"bvx", "LZFSE-compressed"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"xar!", "an installer package (xar)"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x7fELF", "an ELF file"),
    (0, b"KDUMP   ", "a Linux kernel dump"),
    (0, b"PAGEDU", "a Windows kernel dump"),
    (0, b"MDMP", "a minidump"),
    (0, b"\xca\xfe\xba\xbe", "a universal Mach-O file or a Java class"),
    (0, b"\xca\xfe\xba\xbf", "a universal Mach-O file"),
    (0, b"\xd4\xc3\xb2\xa1", "a packet capture (pcap)"),
    (0, b"\xa1\xb2\xc3\xd4", "a packet capture (pcap)"),
    (0, b"\x0a\x0d\x0d\x0a", "a packet capture (pcapng)"),
    (0, b"\x00\x00\x00\x01Bud1", "a Finder .DS_Store file"),
    (0, b"\x00\x05\x16\x07", "an AppleDouble file"),
    (0, b"bplist", "a binary property list"),
    (0, b"SQLite format 3\x00", "an SQLite database"),
    (0, b"encrcdsa", "an encrypted disk image"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
)
_ASCII = bytes({7, 8, 9, 10, 12, 13, 27, *range(32, 127)})


def local_core(head: bytes) -> str | None:
    """Say what kind of local on-disk core this is, or None."""
    return next((what for magic, what in _LOCAL_CORES if head.startswith(magic)), None)


def foreign(head: bytes) -> str | None:
    """Say what else this is, where its first bytes are well known."""
    matches = (what for at, magic, what in _FOREIGN if head.startswith(magic, at))
    return next(matches, None)


def is_text(head: bytes) -> bool:
    """Whether this is how a plain text begins; its last character may be cut."""
    others = head.translate(None, _ASCII)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return bool(head) and (not others or min(others) >= 128)


def is_log_text(head: bytes) -> bool:
    """Whether this can be a kernel's log buffer: text, perhaps with unused or binary parts."""
    used = head.replace(b"\0", b"")
    return len(used.translate(None, _ASCII)) * 4 <= len(used)
