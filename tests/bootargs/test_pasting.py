"""What people paste: values, assignments, what nvram prints, whole commands, with any quotes."""

from __future__ import annotations

import pytest
from hypothesis import given

from pipeline.bootargs.command import line
from pipeline.bootargs.pasting import CURLY, pasted
from pipeline.bootargs.value import BootArgs, parse
from tests.bootargs.texts import ARGS, RELAXED, TEXTS

VALUE = "debug=0xd44 _panicd_ip=10.0.40.2 kdp_match_name=en7"


@pytest.mark.parametrize(
    "text",
    [
        VALUE,
        f"  {VALUE}\n",
        f'"{VALUE}"',
        f"'{VALUE}'",
        f'boot-args="{VALUE}"',
        f"boot-args={VALUE}",
        f"boot-args\t{VALUE}",
        f"auto-boot\ttrue\nboot-args\t{VALUE}\nSystemAudioVolume\t@\n",
        f'nvram boot-args="{VALUE}"',
        f"nvram boot-args='{VALUE}'",
        f'nvram "boot-args={VALUE}"',
        f'sudo nvram boot-args="{VALUE}"',
        f'sudo /usr/sbin/nvram boot-args=" {VALUE} "',
        f'$ sudo nvram boot-args="{VALUE}"\n$ sudo reboot',
        f'% sudo nvram boot-args="{VALUE}"; sudo reboot',
        f'sudo nvram boot-args="{VALUE}" && sudo reboot',
        f'sudo -s nvram  boot-args="{VALUE}"\r\nsudo reboot',
    ],
)
def test_the_value_is_found_in_it(text: str) -> None:
    found = pasted(text)
    assert found.text == VALUE
    assert not found.curly
    assert not found.unquoted


@pytest.mark.parametrize(
    "quotes",
    [
        "“”",
        "„“",
        "„”",
        "””",
        "«»",
        "»«",
        "\u2018\u2019",
        "\u201a\u2018",
        "\u2039\u203a",
        "″″",
        "\u2032\u2032",
        "\uff02\uff02",
        "「」",
        "〝〞",
        "\u00b4\u00b4",
    ],
)
@pytest.mark.parametrize("form", ["sudo nvram boot-args={}{}{}", "boot-args={}{}{}", "{}{}{}"])
def test_curly_quotes_of_many_kinds_are_seen_and_seen_through(quotes: str, form: str) -> None:
    found = pasted(form.format(quotes[0], VALUE, quotes[1]))
    assert found.curly
    assert found.text == VALUE


def test_a_command_without_quotes_is_told() -> None:
    found = pasted(f"sudo nvram boot-args={VALUE}")
    assert found.unquoted
    assert found.text == VALUE
    assert not pasted("sudo nvram boot-args=debug=0xd44").unquoted


def test_a_quote_that_nobody_closed_loses_nothing() -> None:
    assert pasted(f'sudo nvram boot-args="{VALUE}').text == VALUE
    assert pasted(f"sudo nvram boot-args=“{VALUE}").curly


def test_what_nvram_prints_keeps_the_quotes_that_nvram_holds() -> None:
    assert pasted(f"boot-args\t“{VALUE}”\n").text == f"“{VALUE}”"
    assert pasted(f'boot-args\t"{VALUE}"\n').text == f'"{VALUE}"'


def test_a_line_that_was_broken_in_the_middle_stays_broken() -> None:
    assert pasted('nvram boot-args="debug=0xd44\n_panicd_ip=10.0.40.2"').text == (
        "debug=0xd44\n_panicd_ip=10.0.40.2"
    )


@pytest.mark.parametrize("text", ["", " ", '""', "''", "boot-args=", 'nvram boot-args=""', "“”"])
def test_nothing_is_nothing(text: str) -> None:
    assert pasted(text).text == ""


@RELAXED
@given(TEXTS)
def test_no_text_breaks_it(text: str) -> None:
    assert isinstance(pasted(text).text, str)
    assert isinstance(pasted(f"sudo nvram boot-args={text}").text, str)


@RELAXED
@given(ARGS)
def test_our_own_command_is_read_back(args: BootArgs) -> None:
    command = line(args)
    if args.arguments and str(args).isprintable() and not set(CURLY) & set(command):
        assert parse(pasted(command).text) == args
