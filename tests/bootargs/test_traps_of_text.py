"""Traps in the text itself: words twice or without value, letters that look like blanks."""

from __future__ import annotations

import pytest
from hypothesis import given

from pipeline.bootargs import known
from pipeline.bootargs.number import number
from pipeline.bootargs.traps import traps
from pipeline.bootargs.value import BootArgs, parse
from tests.bootargs.texts import ARGS, RELAXED, TEXTS
from tests.bootargs.trapped import GOOD, INTEL, MAC, codes, found


@pytest.mark.parametrize(
    ("name", "fatal"),
    [
        (name, name in ("debug", "_panicd_ip", "panicd_port", "kdp_match_name"))
        for name in known.OURS
    ],
)
def test_an_argument_without_a_value(name: str, fatal: bool) -> None:
    """Newer kernels take 1 for it, or the next word."""
    (trap,) = (each for each in found(f"{GOOD} {name} =5") if each.code == "form.no-value")
    assert (trap.fatal, name in trap.what) == (fatal, True)


@pytest.mark.parametrize(("name", "counts"), [("debug", "last"), ("_panicd_ip", "first")])
def test_which_of_two_counts_is_told(name: str, counts: str) -> None:
    word = f"{name}={parse(GOOD).effective(name)}"
    (trap,) = found(f"{GOOD} {word}")
    assert f"{name} is there 2 times: the {counts} one counts" in trap.what


@pytest.mark.parametrize(
    ("glued", "sign"),
    [
        (GOOD.replace(" _panicd", "\u00a0_panicd"), "U+00A0"),
        (GOOD.replace(" kdp", "\nkdp"), "U+000A"),
        (GOOD.replace("kdp_match_name", "kdp_match\u200b_name"), "U+200B"),
        (GOOD.replace("10.0.40.2", "10.0.40.2\udcff"), "U+DCFF"),
    ],
)
def test_what_looks_like_a_blank_or_like_nothing_is_named(glued: str, sign: str) -> None:
    letters = [trap for trap in found(glued) if trap.code == "form.not-ascii"]
    assert letters
    assert sign in letters[0].what


def test_a_strange_letter_in_what_is_not_ours_is_only_minded() -> None:
    (trap,) = found(f"{GOOD} note=\N{LATIN SMALL LETTER E WITH ACUTE}")
    assert (trap.code, trap.fatal) == ("form.not-ascii", False)


def test_curly_quotes_in_nvram_itself_are_seen_without_a_pasted_text() -> None:
    assert "form.curly-quotes" in [trap.code for trap in traps(parse(f"“{GOOD}”"), MAC)]


@pytest.mark.parametrize("size", [1023, 1024])
def test_the_kernel_keeps_1023_bytes(size: int) -> None:
    text = f"{GOOD} x="
    assert ("form.too-long" in codes(text.ljust(size, "x"))) == (size > 1023)


@RELAXED
@given(TEXTS, ARGS)
def test_no_text_breaks_it(text: str, args: BootArgs) -> None:
    assert isinstance(found(text), list)
    assert isinstance(traps(args, INTEL), list)


@RELAXED
@given(ARGS)
def test_the_kernel_s_own_reading_decides(args: BootArgs) -> None:
    """Without a number in `debug` there is a fatal trap, whatever else is there."""
    debug = number(args.effective("debug") or "")
    if debug is None or not debug & 0x400:
        assert any(trap.fatal and trap.code.startswith("debug.") for trap in traps(args, MAC))
