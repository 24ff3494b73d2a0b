"""boot-args as words, and which of several counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.bootargs import known
from pipeline.bootargs.value import Argument, BootArgs, parse
from tests.bootargs.texts import ARGS, RELAXED, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t ", []),
        ("-v", ["-v"]),
        ("  -v\t\tdebug=0x144  ", ["-v", "debug=0x144"]),
        ("a=b=c", ["a=b=c"]),
        ("a\u00a0b c\nd", ["a\u00a0b", "c\nd"]),
        ('"debug=1 -v"', ['"debug=1', '-v"']),
    ],
)
def test_only_blanks_and_tabs_separate_and_nothing_quotes(text: str, expected: list[str]) -> None:
    assert words(parse(text)) == expected


def test_name_and_value_part_at_the_first_equals_sign() -> None:
    argument = Argument("a=b=c")
    assert (argument.name, argument.value) == ("a", "b=c")
    assert (Argument("-v").name, Argument("-v").value) == ("-v", None)
    assert Argument("debug=").value == ""


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("debug=1 debug=2", "debug", "2"),
        ("kdp_match_name=en0 kdp_match_name=en7", "kdp_match_name", "en7"),
        ("_panicd_ip=10.0.0.1 _panicd_ip=10.0.0.2", "_panicd_ip", "10.0.0.1"),
        ("debug=1 debug", "debug", "1"),
        ("_panicd_ip _panicd_ip=10.0.0.2", "_panicd_ip", "10.0.0.2"),
        ("debug=", "debug", ""),
        ("debugger=1 xdebug=2", "debug", None),
        ("DEBUG=1", "debug", None),
        ("", "debug", None),
    ],
)
def test_of_underscore_names_the_first_counts_and_of_others_the_last(
    text: str, name: str, value: str | None
) -> None:
    assert parse(text).effective(name) == value


@RELAXED
@given(ARGS)
def test_what_was_parsed_is_parsed_the_same_again(args: BootArgs) -> None:
    assert parse(str(args)) == args


@RELAXED
@given(ARGS, st.sampled_from(known.OURS))
def test_setting_one_argument_leaves_all_others(args: BootArgs, name: str) -> None:
    changed = args.set(name, "x")
    assert words(BootArgs(changed.all(name))) == [f"{name}=x"]
    assert changed.without(name) == args.without(name)


def test_the_first_place_of_a_name_is_kept() -> None:
    args = parse("-v debug=1 -x debug=2 keepsyms=1")
    assert str(args.set("debug", "3")) == "-v debug=3 -x keepsyms=1"
    assert str(args.set("wdt", "-1")) == "-v debug=1 -x debug=2 keepsyms=1 wdt=-1"
    assert str(args.replaced("debug", ())) == "-v -x keepsyms=1"
    assert str(args.without("debug", "-v")) == "-x keepsyms=1"


def test_size_is_in_bytes_not_in_characters() -> None:
    assert parse("a=é\udcff").size == 5
