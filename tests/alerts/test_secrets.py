"""A library's words without the secrets that it may repeat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.redaction import without_secrets

URL = "json://user:pa%2Fss@host.example:8025/T000/B000/longtoken?key=value99&x=y#frag"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"cannot load {URL}", "cannot load json://…"),
        ("with url: /T000/B000/longtoken (Caused by", "with url: /…/…/… (Caused by"),
        ("with url: /longtoken/B000", "with url: /…/…"),
        ("the password pa/ss is wrong", "the password … is wrong"),
        ("the value value99 is wrong", "the value … is wrong"),
        ("see https://elsewhere.example/help now", "see https://… now"),
        ("Connection refused (111)", "Connection refused (111)"),
        ("two\nlines\x1b[31m", "two lines\\x1b[31m"),
    ],
)
def test_a_url_its_parts_and_any_other_url_are_hidden(text: str, expected: str) -> None:
    assert without_secrets(text, [URL]) == expected


def test_secrets_are_found_in_lists_and_tables() -> None:
    secrets = [["alpha-1", {"k": "beta-22"}], 7, None, "gamma-333"]
    assert without_secrets("alpha-1 beta-22 gamma-333 7", secrets) == "… … … 7"


@given(
    token=st.text("abcdefghij0123456789", min_size=8, max_size=30),
    before=st.text(max_size=30),
    after=st.text(max_size=30),
)
def test_no_token_passes(token: str, before: str, after: str) -> None:
    text = f"{before}{token}{after}"
    assert token not in without_secrets(text, [f"slack://{token}/x/y"])
    assert token not in without_secrets(text, [{"inner": [token]}])
