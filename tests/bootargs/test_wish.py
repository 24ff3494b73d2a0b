"""What is wanted, merged with what is there; and what that takes away, in words."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given

from pipeline.bootargs import bits, known
from pipeline.bootargs.difference import taken_out
from pipeline.bootargs.number import number
from pipeline.bootargs.surroundings import Surroundings
from pipeline.bootargs.traps import traps
from pipeline.bootargs.value import BootArgs, parse
from pipeline.bootargs.wish import Wish, merged
from tests.bootargs.texts import ARGS, RELAXED, WISHES, words


def wish(**values: Any) -> Wish:
    return Wish(server=IPv4Address("10.0.40.2"), **values)


@pytest.mark.parametrize(
    ("had", "values", "expected"),
    [
        ("", {}, "debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1"),
        ("", {"interface": "en7"}, "debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en7 wdt=-1"),
        ("", {"reboot": True}, "debug=0x24c44 _panicd_ip=10.0.40.2 wdt=-1"),
        ("", {"paniclog_only": True}, "debug=0x22c44 _panicd_ip=10.0.40.2 wdt=-1"),
        ("", {"port": 2000}, "debug=0x20c44 _panicd_ip=10.0.40.2 panicd_port=2000 wdt=-1"),
        (
            "",
            {"router": IPv4Address("10.0.1.1")},
            "debug=0x20c44 _panicd_ip=10.0.40.2 _router_ip=10.0.1.1 wdt=-1",
        ),
        (
            "-v keepsyms=1",
            {},
            "-v keepsyms=1 debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1",
        ),
        ("debug=0xd44 -v", {}, "debug=0x20d44 -v _panicd_ip=10.0.40.2 wdt=-1"),
        ("debug=8", {}, "debug=0x20c4c _panicd_ip=10.0.40.2 wdt=-1"),
        ("debug=1 debug=8", {}, "debug=0x20c4c _panicd_ip=10.0.40.2 wdt=-1"),
        ("debug=abc", {}, "debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1"),
        ("_panicd_ip=1.2.3.4 wdt=5", {}, "_panicd_ip=10.0.40.2 wdt=-1 debug=0x20c44"),
        (
            "_router_ip=10.0.1.1 kdp_match_name=en0",
            {},
            "_router_ip=10.0.1.1 kdp_match_name=en0 debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1",
        ),
        (
            "_panicd_port=5 panicd_port=6 _panicd_corename=x",
            {},
            "debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1",
        ),
        ("_router_ip=", {}, "debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1"),
        ("_router_ip= _router_ip=10.0.1.1", {}, "debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1"),
        (
            "_router_ip=10.0.1.1 _router_ip=",
            {},
            "_router_ip=10.0.1.1 _router_ip= debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1",
        ),
        ("_router_ip=", {"router": IPv4Address("10.0.1.1")}, "_router_ip=10.0.1.1 debug=0x20c44"),
        ("kdp_match_name=en0 kdp_match_name=", {}, "debug=0x20c44 _panicd_ip=10.0.40.2 wdt=-1"),
        ("kdp_match_name=", {"interface": "en7"}, "kdp_match_name=en7 debug=0x20c44"),
        ("kdp_match_name=en0", {"interface": "en7"}, "kdp_match_name=en7 debug=0x20c44"),
    ],
)
def test_what_is_wanted_is_merged(had: str, values: dict[str, Any], expected: str) -> None:
    assert str(merged(parse(had), wish(**values))).startswith(expected)


@pytest.mark.parametrize("bit", [0x1, 0x1000, 0x2000, 0x4000, 0x40000, 0x100000])
def test_a_bit_that_is_in_the_way_goes_and_that_is_told(bit: int) -> None:
    had = parse(f"debug=0x{0x20C44 | bit:x}")
    wanted = merged(had, wish())
    assert wanted.effective("debug") == "0x20c44"
    assert list(taken_out(had, wanted)) == [f"0x{bit:x} of debug: {bits.BITS[bit]}"]


@pytest.mark.parametrize(("bit", "option"), [(0x4000, "reboot"), (0x2000, "paniclog_only")])
def test_a_bit_that_is_asked_for_stays(bit: int, option: str) -> None:
    had = parse(f"debug=0x{0x20C44 | bit:x}")
    wanted = merged(had, wish(**{option: True}))
    assert wanted.effective("debug") == had.effective("debug")
    assert not list(taken_out(had, wanted))


@pytest.mark.parametrize(
    ("had", "told"),
    [
        ("", []),
        ("-v debug=0x144 kdp_match_name=en7", []),
        ("wdt=5", ["wdt=5: now wdt=-1"]),
        ("debug=abc", ["debug=abc: now debug=0x20c44"]),
        ("debug", ["debug: now debug=0x20c44"]),
        ("_panicd_ip=1.2.3.4", ["_panicd_ip=1.2.3.4: now _panicd_ip=10.0.40.2"]),
        ("_panicd_port=1", [f"_panicd_port=1: {known.KNOWN['_panicd_port']}"]),
        ("panicd_port=1", [f"panicd_port=1: {known.KNOWN['panicd_port']}"]),
        ("_panicd_corename=x", [f"_panicd_corename=x: {known.KNOWN['_panicd_corename']}"]),
    ],
)
def test_every_word_that_goes_is_told(had: str, told: list[str]) -> None:
    assert list(taken_out(parse(had), merged(parse(had), wish()))) == told


@RELAXED
@given(ARGS, WISHES)
def test_nothing_goes_without_being_told(args: BootArgs, asked: Wish) -> None:
    wanted = merged(args, asked)
    gone = [each for each in args if each.text not in words(wanted) and each.name != known.DEBUG]
    told = "\n".join(taken_out(args, wanted))
    assert all(each.text in told for each in gone)


@RELAXED
@given(ARGS, WISHES)
def test_merging_changes_nothing_but_what_decides_where_a_core_goes(
    args: BootArgs, asked: Wish
) -> None:
    ours = (*known.OURS, known.PORT_WRONG)
    assert merged(args, asked).without(*ours) == args.without(*ours)


@RELAXED
@given(ARGS, WISHES)
def test_merging_twice_is_merging_once(args: BootArgs, asked: Wish) -> None:
    once = merged(args, asked)
    assert merged(once, asked) == once


@RELAXED
@given(ARGS, WISHES)
def test_what_is_wanted_counts_whatever_was_there(args: BootArgs, asked: Wish) -> None:
    wanted = merged(args, asked)
    debug = number(wanted.effective(known.DEBUG) or "") or 0
    assert debug & asked.debug == asked.debug
    assert not debug & asked.hindering
    assert wanted.effective(known.SERVER) == str(asked.server)
    assert asked.interface in (None, wanted.effective(known.INTERFACE))
    assert (wanted.effective(known.PORT) is None) == (asked.port == known.KDUMPD_PORT)


@RELAXED
@given(WISHES)
def test_what_is_printed_for_a_mac_without_boot_args_has_no_fatal_trap(asked: Wish) -> None:
    found = traps(merged(BootArgs(), asked), Surroundings(apple_silicon=False))
    assert not [trap for trap in found if trap.fatal]
