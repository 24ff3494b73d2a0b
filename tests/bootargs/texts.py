"""boot-args of all kinds: likely ones, and any text that a Mac, a shell or a file can give."""

from __future__ import annotations

from ipaddress import IPv4Address

from hypothesis import settings
from hypothesis import strategies as st

from pipeline.bootargs import known
from pipeline.bootargs.value import BootArgs, parse
from pipeline.bootargs.wish import Wish

RELAXED = settings(max_examples=60, deadline=None)
NAMES = st.sampled_from([*known.KNOWN, "foo", "debug ", "", "=", "serial"])
VALUES = st.one_of(
    st.sampled_from(["0xd44", "0x144", "-1", "en0", "10.0.40.2", "", "x", "1069", "0b101", "010"]),
    st.integers(0, 0xFFFFFFFF).map(hex),
    st.text(max_size=8),
)
LIKELY = st.lists(st.tuples(NAMES, VALUES).map("=".join), max_size=8).map(" ".join)
ANY = st.binary(max_size=80).map(lambda data: data.decode("utf-8", "surrogateescape"))
TEXTS = st.one_of(LIKELY, ANY, st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
"""What can be an argument of a program or come from standard input; NUL is among it."""
ARGS = TEXTS.map(lambda text: parse(text.replace("\0", "")))
ADDRESSES = st.sampled_from(["10.0.40.2", "192.168.1.20", "172.16.0.9"]).map(IPv4Address)
WISHES = st.builds(
    Wish,
    server=ADDRESSES,
    interface=st.sampled_from([None, "en0", "en7"]),
    router=st.one_of(st.none(), ADDRESSES),
    port=st.sampled_from([1069, 1070]),
    paniclog_only=st.booleans(),
    reboot=st.booleans(),
)


def words(args: BootArgs) -> list[str]:
    return [argument.text for argument in args]
