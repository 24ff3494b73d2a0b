"""Templates of one's own take the place of the built-in ones; no fault of theirs loses an alert."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.messages import Style, check_templates, render
from pipeline.model import Alert, Message, Severity, Verdict
from tests.messages import hostile

ALERT = Alert(
    event="dump.incomplete",
    severity=Severity.WARNING,
    what="core incomplete",
    client="10.0.40.7",
    about="core.gz",
    verdict=Verdict.TRUNCATED,
    lines=(("Mac", "10.0.40.7"), ("Panic", "panic(cpu 1 caller 0x1): *lost* & <found>")),
    remarks=("This is a remark.",),
    facts={"size": 5, "kexts": ["a_b", "<b>"], "panic": "@channel"},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "templates"
    place.mkdir(mode=0o755)
    return place


def told(folder: Path, alert: Alert = ALERT, **templates: str) -> Message:
    for name, source in templates.items():
        (folder / f"{name}.j2").write_text(source)
    return render(alert, "key", Style(dns=False, templates=str(folder)))


BUILT_IN = render(ALERT, "key", Style(dns=False))


def test_each_template_takes_the_place_of_one_format(folder: Path) -> None:
    message = told(folder, title="{{ what }} at {{ client }}", html="<b>{{ what }}</b>")
    assert message.title == "core incomplete at 10.0.40.7"
    assert message.html == "<b>core incomplete</b>"
    assert (message.text, message.markdown) == (BUILT_IN.text, BUILT_IN.markdown)


def test_a_template_knows_all_that_is_documented(folder: Path) -> None:
    source = (
        "{{ event }}|{{ severity }}|{{ mark }}|{{ whom }}|{{ name }}|{{ client }}|{{ about }}|"
        "{{ what }}|{{ verdict }}|{% for row in lines %}{{ row.label }}={{ row.text }};"
        "{% endfor %}|{{ remarks|join(' ') }}|{{ facts.size }}|{{ facts.get('nothing') }}"
    )
    assert told(folder, text=source).text == (
        "dump.incomplete|warning|warning|10.0.40.7||10.0.40.7|core.gz|core incomplete|truncated|"
        "Mac=10.0.40.7;Panic=panic(cpu 1 caller 0x1): *lost* & <found>;|This is a remark.|5|"
    )


@pytest.mark.parametrize(
    ("form", "shown"),
    [("text", "a_b, <b> @ channel"), ("markdown", "`a_b, <b>` @ channel")],
)
def test_values_are_escaped_for_the_format_however_they_were_made(
    folder: Path, form: str, shown: str
) -> None:
    source = "{{ facts.kexts|join(', ') }} {{ facts.panic }}"
    (folder / f"{form}.j2").write_text(source)
    assert getattr(told(folder), form) == shown


def test_html_is_escaped_whatever_the_template_says_of_it(folder: Path) -> None:
    source = "{{ facts.kexts[1] }}{{ '<' ~ facts.kexts[1] }}{{ facts.kexts|join('<') }}"
    assert "<" not in told(folder, html=source).html


def test_exact_text_is_code(folder: Path) -> None:
    source = "{{ what|exact }}"
    message = told(folder, markdown=source, html=source, text=source)
    assert message.markdown == "`core incomplete`"
    assert "monospace" in message.html
    assert message.text == "core incomplete"


def test_what_stands_in_a_template_carries_nothing_that_acts(folder: Path) -> None:
    source = "\x1b[31m{{ what }}\u202e\x07 \u2028\xa0end 👩\u200d💻"
    text = told(folder, text=source, title="a\r\nBcc: b@c\x85{{ what }}").text
    assert hostile.acting(text) <= {"\u200d"}
    assert text.endswith("end 👩\u200d💻")
    assert told(folder).title == "a Bcc: b@c core incomplete"


MUCH = "it works on more than 2000000 characters and values"
FAULTY = {
    "a variable that is missing": ("{{ nothing }}", "line 1: 'nothing' is undefined"),
    "a fact that is missing": ("\n\n{{ facts.nothing }}", "line 3: 'dict object' has no attribute"),
    "syntax": ("{% if %}", "line 1: "),
    "a tag that is open": ("{% for x in lines %}", "line 1: Unexpected end of template"),
    "a filter that is not there": ("x\n{{ what|safe }}", "line 2: No filter named 'safe'"),
    "a look inside": ("{{ what.__class__.__mro__ }}", "line 1: access to attribute '__class__'"),
    "a look inside by a filter": ("{{ what|attr('__class__') }}", "line 1: No filter named 'attr'"),
    "a change": ("{{ facts.clear() }}", "line 1: access to attribute 'clear'"),
    "a format": ("{{ '{0.x}'.format(what) }}", "line 1: access to attribute 'format'"),
    "a macro": ("{% macro m() %}{% endmacro %}", "line 1: {% macro %} cannot be used here"),
    "a file": ("\n{% include 'x' %}", "line 2: {% include %} cannot be used here"),
    "an escape from escaping": ("{% autoescape true %}{% endautoescape %}", "{% autoescape %}"),
    "a block": ("{% set x %}<b>{% endset %}", "{% set … endset %} cannot be used"),
    "no number": ("{{ what / 2 }}", "line 1: unsupported operand"),
    "nought": ("{{ 1 / 0 }}", "line 1: division by zero"),
    "nothing": ("{# nothing #}", "it makes nothing"),
    "a long range": ("{% for i in range(99999999) %}{% endfor %}", "a range has 1000 numbers"),
    "loops in loops": (
        "{% for a in range(999) %}{% for b in range(999) %}{% for c in range(999) %}"
        "{% endfor %}{% endfor %}{% endfor %}",
        "its loops take more than 20000 rounds",
    ),
    "a loop in itself": (
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "recursion",
    ),
    "giant output": ("{% for a in range(1000) %}{{ 'x' }}" + "y" * 500 + "{% endfor %}", "makes "),
    "a giant text": ("{{ 'x' * 999999999 }}", "line 1: the operator * is for numbers only"),
    "a giant number": ("{{ 9 ** 9 ** 9 }}", "line 1: the operator ** is for numbers only"),
    "a giant width": ("{{ '%999999999d' % 1 }}", "line 1: the operator % is for numbers only"),
    "a giant number of digits": ("{{ 5|round(-999999999) }}", "rounds to more than 100 digits"),
    "a number of many bytes": ("{{ (5).to_bytes(9999999999) }}", "access to attribute 'to_bytes'"),
    "many values": ("{{ what }}{% set a = [1] %}" + "{% set a = a + a %}" * 60, MUCH),
    "a text doubled": ("{{ what }}{% set a = 'x' %}" + "{% set a = a ~ a %}" * 60, MUCH),
    "a sum of texts": ("{{ what }}{% set a = 'x' %}" + "{% set a = a + a %}" * 60, MUCH),
    "texts put together": (
        "{{ what }}{% set a = 'xxxxxxxxx' %}" + "{% set a = a|list|join(a) %}" * 9,
        MUCH,
    ),
    "a method that puts together": ("{{ what.join(what) }}", "access to attribute 'join'"),
    "a text replaced": (
        "{{ what }}{% set a = 'xxxxxxxxx' %}" + "{% set a = a|replace('x', a) %}" * 9,
        MUCH,
    ),
    "lists in lists": ("{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}", MUCH),
    "pairs in pairs": ("{% set a = 1 %}" + "{% set a = a, a %}" * 60 + "{{ a }}", MUCH),
    "tables in tables": (
        "{% set a = 1 %}" + "{% set a = {1: a, 2: a} %}" * 60 + "{{ a }}",
        MUCH,
    ),
    "texts that a filter makes one by one": (
        "{% set a = 'x' %}" + "{% set a = a ~ a %}" * 15 + "{{ range(999)|map('replace', 1, a) }}"
        "{{ range(999)|map('default', '')|map('string')|map('replace', '1', a)|list|length }}",
        MUCH,
    ),
    "a product of products": (
        "{{ what }}{% set n = 10 %}" + "{% set n = n * n %}" * 60,
        "it makes a number that is too large",
    ),
    "much white space": ("{{ what.center(999999999) }}", "access to attribute 'center'"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_is_told_and_the_built_in_template_used(folder: Path, name: str) -> None:
    source, said = FAULTY[name]
    message = told(folder, text=source)
    lines = message.text.splitlines()
    assert lines[:-1] == BUILT_IN.text.splitlines()
    assert lines[-1].startswith(f"The template text.j2 in {folder} was not used: ")
    assert said.lower() in lines[-1].lower()
    assert message.title == BUILT_IN.title
    assert "was not used" in message.markdown
    assert "was not used" in message.html


@pytest.mark.parametrize("name", FAULTY)
def test_the_same_fault_is_found_beforehand(folder: Path, name: str) -> None:
    source, said = FAULTY[name]
    (folder / "text.j2").write_text(source)
    (fault,) = check_templates(str(folder))
    assert fault.startswith(f"{folder}/text.j2: ")
    assert said.lower() in fault.lower()
    assert "\n" not in fault


def test_a_template_that_fails_where_it_has_a_remark_to_tell_is_passed_over(folder: Path) -> None:
    choosy = "{{ what if remarks|length == 1 else nothing }}"
    message = told(folder, text="{{ nothing }}", markdown=choosy)
    assert message.markdown.startswith("**Mac:** 10.0.40.7")
    assert "text.j2" in message.markdown


def test_several_faults_are_told_each(folder: Path) -> None:
    message = told(folder, title="{{ a }}", text="{{ b }}", markdown="{{ c }}", html="{{ d }}")
    assert message.text.count("was not used") == 4
    assert len(check_templates(str(folder))) == 4


def test_a_template_that_fails_for_one_event_only_is_found_beforehand(folder: Path) -> None:
    (folder / "text.j2").write_text("{{ nothing if event == 'dump.gone' else what }}")
    (fault,) = check_templates(str(folder))
    assert fault.endswith("'nothing' is undefined (in the sample of dump.gone)")


def test_good_templates_and_none_have_no_faults(folder: Path) -> None:
    assert check_templates(str(folder)) == []
    (folder / "text.j2").write_text("{% for label, text in lines %}\n- {{ text }}\n{% endfor %}")
    (folder / "README").write_text("not a template")
    assert check_templates(str(folder)) == []


def test_a_template_that_no_message_asks_for_is_found(folder: Path) -> None:
    (folder / "body.j2").write_text("x")
    (fault,) = check_templates(str(folder))
    assert fault.startswith(f"{folder}/body.j2: no message asks for this template; there are: ")
    assert told(folder).text == BUILT_IN.text


def test_a_loop_counts_its_rounds_afresh_for_every_message(folder: Path) -> None:
    source = "{% for a in range(150) %}{% for b in range(100) %}{% endfor %}{% endfor %}{{ what }}"
    for _ in range(3):
        assert told(folder, text=source).text == "core incomplete"


def not_utf_8(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")


def too_large(file: Path) -> None:
    file.write_text("x" * 70_000)


def fifo(file: Path) -> None:
    os.mkfifo(file)


def directory(file: Path) -> None:
    file.mkdir()


def dangling(file: Path) -> None:
    file.symlink_to(file.parent / "nowhere")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (not_utf_8, "is not UTF-8 text"),
        (too_large, "is larger than 64 KiB"),
        (fifo, "is not a regular file"),
        (directory, "is not a regular file"),
        (dangling, "cannot be read: No such file or directory"),
    ],
)
def test_a_template_that_cannot_be_read_is_told(
    folder: Path, make: Callable[[Path], None], said: str
) -> None:
    make(folder / "text.j2")
    assert told(folder).text.endswith(f"The template text.j2 in {folder} was not used: {said}.")
    assert check_templates(str(folder)) == [f"{folder}/text.j2: {said}"]


def test_a_directory_that_is_missing_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    text = render(ALERT, "key", Style(dns=False, templates=str(missing))).text
    assert text.startswith(BUILT_IN.text)
    assert f"The templates in {missing} were not used: cannot be read: No such file" in text
    assert check_templates(str(missing)) == [
        f"{missing}: cannot be read: No such file or directory"
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must not be told what to say")
@pytest.mark.parametrize("what", ["file", "directory"])
def test_root_uses_no_template_that_others_can_write(folder: Path, what: str) -> None:
    file = folder / "text.j2"
    file.write_text("{{ what }}, evil")
    (file if what == "file" else folder).chmod(0o777)
    assert "evil" not in told(folder).text
    assert "can be written to by others (mode 0777); run: chmod go-w" in told(folder).text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must not be told what to say")
def test_root_uses_no_template_of_others(folder: Path) -> None:
    (folder / "text.j2").write_text("{{ what }}, evil")
    os.chown(folder / "text.j2", 1234, 1234)
    assert "belongs to uid 1234" in told(folder).text


def test_others_may_use_templates_that_all_can_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 501)
    (folder / "text.j2").write_text("{{ what }}, mine")
    (folder / "text.j2").chmod(0o666)
    assert told(folder).text == "core incomplete, mine"
