"""What each generation of the kernel puts into a core besides its segments."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Generation:
    """One xnu release line."""

    darwin: str
    build: str
    """The macOS build that shipped it."""
    date: str
    ident: bool = False
    """An LC_IDENT command with version, UUID and load address ends the commands."""
    main_bin_spec: bool = False
    addrable_bits: bool = False
    load_binary: bool = False
    """On Apple silicon: one note per further image."""


_GENERATIONS = {
    1228: Generation("9.8.0", "9L31a", "Wed Jul 15 16:57:01 PDT 2009"),
    1504: Generation("10.8.0", "10K549", "Tue Jun  7 16:33:36 PDT 2011"),
    3248: Generation("15.6.0", "15G31", "Thu Jun 23 18:25:34 PDT 2016"),
    3789: Generation("16.7.0", "16G29", "Thu Jun 15 17:36:27 PDT 2017", ident=True),
    4570: Generation("17.7.0", "17G65", "Thu Jun 21 22:53:14 PDT 2018", ident=True),
    6153: Generation("19.4.0", "19E287", "Wed Mar  4 22:28:40 PST 2020", ident=True),
    7195: Generation("20.6.0", "20G165", "Wed Jun 23 00:26:31 PDT 2021", ident=True),
    8019: Generation("21.2.0", "21C52", "Sun Nov 28 20:28:54 PST 2021", main_bin_spec=True),
    8796: Generation(
        "22.6.0",
        "22G91",
        "Wed Jul  5 22:21:56 PDT 2023",
        main_bin_spec=True,
        addrable_bits=True,
    ),
    10063: Generation(
        "23.6.0",
        "23G93",
        "Mon Jul 29 21:14:30 PDT 2024",
        main_bin_spec=True,
        addrable_bits=True,
        load_binary=True,
    ),
    11417: Generation(
        "24.4.0",
        "24E248",
        "Fri Apr 11 18:33:47 PDT 2025",
        main_bin_spec=True,
        addrable_bits=True,
        load_binary=True,
    ),
}


def generation(xnu: str) -> Generation:
    """Return the newest generation that is no newer than `xnu`."""
    major = int(xnu.partition(".")[0])
    known = [number for number in _GENERATIONS if number <= major]
    return _GENERATIONS[max(known, default=min(_GENERATIONS))]
