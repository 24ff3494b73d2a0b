"""Undoing a change, whatever else has been changed since."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given

from pipeline.bootargs import known
from pipeline.bootargs.taking_back import taken_back
from pipeline.bootargs.value import BootArgs, parse
from pipeline.bootargs.wish import Wish, merged
from tests.bootargs.texts import ARGS, RELAXED, WISHES

WISH = Wish(server=IPv4Address("10.0.40.2"), interface="en7")


@RELAXED
@given(ARGS, WISHES)
def test_merged_and_taken_back_is_what_it_was(before: BootArgs, asked: Wish) -> None:
    added = merged(before, asked)
    assert taken_back(added, added, before) == before


@RELAXED
@given(ARGS, WISHES)
def test_what_somebody_added_since_stays_and_ours_goes(before: BootArgs, asked: Wish) -> None:
    added = merged(before, asked)
    after = taken_back(parse(f"{added} more=1"), added, before)
    ours = (*known.OURS, known.PORT_WRONG)
    assert after.without(*ours) == parse(f"{before.without(*ours)} more=1")
    assert all(after.all(name) == before.all(name) for name in ours)


@RELAXED
@given(ARGS, WISHES)
def test_where_it_was_undone_already_nothing_is_done(before: BootArgs, asked: Wish) -> None:
    """Such as when the write never happened, or by hand."""
    assert taken_back(before, merged(before, asked), before) == before
    assert taken_back(BootArgs(), merged(before, asked), before) == BootArgs()


@pytest.mark.parametrize(
    ("before", "since", "after"),
    [
        (
            "",
            "debug=0x20c44 _panicd_ip=10.0.40.9 kdp_match_name=en7 wdt=-1",
            "_panicd_ip=10.0.40.9",
        ),
        ("", "debug=0x20c4c _panicd_ip=10.0.40.2 kdp_match_name=en7 wdt=-1", "debug=0x8"),
        ("", "debug=0x20c40 _panicd_ip=10.0.40.2 kdp_match_name=en7 wdt=-1", ""),
        ("", "debug=abc _panicd_ip=10.0.40.2 kdp_match_name=en7 wdt=-1", "debug=abc"),
        ("debug=0x144", "debug=0x20d4c _panicd_ip=10.0.40.2 wdt=-1", "debug=0x14c"),
        ("debug=0x4144", "debug=0x20d45 _panicd_ip=10.0.40.2 wdt=-1", "debug=0x4145"),
        ("-v debug=0x144", "debug=0x20d44 _panicd_ip=10.0.40.2 wdt=-1", "debug=0x144"),
        ("debug=1 debug=0x144", "debug=0x20d44 wdt=-1 -v", "debug=1 debug=0x144 -v"),
        ("_panicd_port=7", "debug=0x20c44 _panicd_ip=10.0.40.2 -v", "-v _panicd_port=7"),
        ("wdt=9", "-x wdt=-1 debug=0x20c44 _panicd_ip=10.0.40.2", "-x wdt=9"),
        ("wdt=9", "-x", "-x"),
        (
            "debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en7 wdt=-1 _panicd_port=7",
            "debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en7 wdt=-1 -v",
            "debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en7 wdt=-1 -v _panicd_port=7",
        ),
    ],
)
def test_what_is_no_more_as_we_made_it_stays(before: str, since: str, after: str) -> None:
    had = parse(before)
    assert str(taken_back(parse(since), merged(had, WISH), had)) == after
