"""What is told of an outcome: the facts somebody needs, the next step, and nothing that acts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.display import one_line, printable
from pipeline.journal.rows import State
from pipeline.model import Alert, Cause, Encoding, Kind, Panic, Severity, Verdict
from pipeline.owing.events import EVENTS
from pipeline.running.outcome import alert_for, summary
from tests.running.endings import NAME, PANIC, UUID, ZIP, ending, inspection, lines, told

GIB = 1 << 30


def test_a_complete_core_says_who_why_what_where_and_what_next() -> None:
    alert = told(ending(inspection(), artifacts=(ZIP,)))
    said = lines(alert)
    assert alert.event == "dump.complete"
    assert alert.title == "10.0.40.7: core complete"
    assert said["Mac"] == "10.0.40.7"
    assert said["Panic"] == PANIC.line
    assert said["Verdict"] == "complete: all of it is there"
    assert said["File"] == f"{NAME.decode()}, 64.0 MiB"
    assert said["Zip"] == "/Users/Shared/PanicPipe/core.zip, 5.0 MiB"
    assert said["Next"] == "attach this zip to a Feedback report"
    assert said["Transfer"] == "took 2 min 5 s; closed by its writer"
    assert said["Processing"] == "took 2.5 s"
    assert said["Frames"] == (
        "com.example.driver: __ZN4Lost5startEv + 0x1a3, mach_kernel: _call_continuation + 0x2e"
    )
    assert said["Kexts"] == "com.example.driver(1.2)"
    assert said["Process"] == "kernel_task"
    assert said["System"] == (
        "macOS 15 (24E263), Darwin 24.4.0, xnu-11417.101.15~1 RELEASE_ARM64_T6000"
    )
    assert said["Kernel UUID"] == UUID
    assert said["Debug kit"] == "Kernel Debug Kit for build 24E263"


def test_what_matters_most_stands_before_the_details() -> None:
    """Because some services cut a message short."""
    labels = list(lines(told(ending(inspection(), artifacts=(ZIP,)))))
    assert labels == [
        *("Mac", "Panic", "Frames", "Kexts", "Verdict", "File", "Zip", "Next"),
        *("System", "Kernel UUID", "Debug kit", "Transfer", "Processing"),
        *("Process", "Architecture"),
    ]


def test_without_a_report_the_kernel_and_its_kit_are_told_by_what_is_known() -> None:
    said = lines(told(ending(inspection(panic=None))))
    assert "Panic" not in said
    assert said["System"].startswith("macOS 15, Darwin 24.4.0, ")
    assert said["Debug kit"] == f"Kernel Debug Kit that matches kernel UUID {UUID}"
    said = lines(told(ending(inspection(Verdict.EMPTY, panic=None, version=None, uuid=None))))
    assert said["System"] == "xnu-11417.101.15"
    assert "Debug kit" not in said


def test_without_a_zip_nobody_is_told_to_attach_one() -> None:
    assert "Next" not in lines(told(ending(inspection())))


@pytest.mark.parametrize(
    ("verdict", "event", "title"),
    [
        (Verdict.COMPLETE, "dump.complete", "core complete"),
        (Verdict.TRUNCATED, "dump.incomplete", "core incomplete"),
        (Verdict.DAMAGED, "dump.damaged", "core damaged"),
        (Verdict.EMPTY, "dump.empty", "empty dump"),
        (Verdict.UNSUPPORTED, "dump.unsupported", "dump of an unsupported kind"),
    ],
)
def test_each_verdict_has_its_event_and_title(verdict: Verdict, event: str, title: str) -> None:
    alert = told(ending(inspection(verdict)))
    assert (alert.event, alert.title) == (event, f"10.0.40.7: {title}")
    assert lines(alert)["Verdict"].startswith(f"{verdict}: ")
    assert alert.verdict is verdict
    assert alert.severity is EVENTS[event]


def test_what_nobody_needs_to_mend_is_no_warning() -> None:
    assert told(ending(inspection())).severity is Severity.NOTICE
    assert told(ending(inspection(Verdict.DAMAGED))).severity is Severity.WARNING
    assert told(ending(None, State.PARKED, "why")).severity is Severity.ERROR


def test_an_outcome_says_all_that_was_told_on_the_way_to_it() -> None:
    for state in (State.DONE, State.PARKED, State.GONE):
        alert = told(ending(inspection(), state, "why"))
        assert alert.supersedes == ("transfer:1", "failure:1")
        assert (alert.topic == "failure:1") == (state is State.PARKED)


@pytest.mark.parametrize("kind", [Kind.PANICLOG, Kind.SYSTEMLOG])
def test_a_log_is_called_a_log(kind: Kind) -> None:
    assert told(ending(inspection(kind=kind))).title == f"10.0.40.7: {kind} complete"


def test_a_file_that_is_no_dump_is_not_worth_an_alert() -> None:
    found = inspection(Verdict.NOT_A_DUMP, panic=None)
    assert alert_for(ending(found, State.IGNORED, "not a dump")) is None
    assert alert_for(ending(found)) is None


@pytest.mark.parametrize("state", [State.SUPERSEDED, State.ARRIVING, State.PENDING])
def test_a_dump_whose_work_goes_on_is_not_announced(state: State) -> None:
    assert alert_for(ending(inspection(), state)) is None


def test_a_parked_dump_says_why_and_how_to_take_it_up_again() -> None:
    alert = told(ending(inspection(), State.PARKED, "package: the volume is read-only"))
    said = lines(alert)
    assert alert.event == "dump.parked"
    assert alert.title == "10.0.40.7: dump parked, needs you"
    assert said["Reason"] == "package: the volume is read-only"
    assert said["Next"] == "mend the cause, then run: panicpipe retry 1"
    assert said["Verdict"].startswith("complete")


def test_a_dump_that_was_never_read_can_be_parked_too() -> None:
    alert = told(ending(None, State.PARKED, "two workers died reading it"))
    assert lines(alert)["Reason"] == "two workers died reading it"
    assert lines(alert)["Mac"] == "10.0.40.7"


def test_a_dump_that_disappeared_says_so() -> None:
    alert = told(ending(None, State.GONE, "the file was removed before it was processed"))
    assert alert.event == "dump.gone"
    assert "disappeared" in alert.title
    assert "removed" in lines(alert)["Reason"]
    assert "panic again" in lines(alert)["Next"]


@pytest.mark.parametrize("verdict", [Verdict.TRUNCATED, Verdict.EMPTY, Verdict.DAMAGED])
@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (Cause.TRANSFER_STOPPED, ["the Mac stopped sending", "let the Mac panic again"]),
        (Cause.KDUMPD_TIMEOUT, ["silent", "check the network", "let the Mac panic again"]),
        (Cause.VOLUME_FULL, ["volume was full: make room there", "let the Mac panic again"]),
        (None, ["let the Mac panic again"]),
    ],
)
def test_the_next_step_of_an_incomplete_dump_depends_on_the_cause(
    verdict: Verdict, cause: Cause | None, words: list[str]
) -> None:
    step = lines(told(ending(inspection(verdict, cause=cause), artifacts=(ZIP,))))["Next"]
    assert all(word in step for word in words)
    assert "Feedback" not in step


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        # 1 GiB of the file inflated to 2 GiB of 8: the whole would be 4 GiB long.
        (
            {"file_size": GIB, "uncompressed_size": 2 * GIB, "expected_size": 8 * GIB},
            "free 4.0 GiB there (what a dump like this takes; 3.0 GiB of it did not fit), then",
        ),
        (
            {"encoding": Encoding.RAW, "file_size": GIB, "expected_size": 8 * GIB},
            "free 8.0 GiB there (what a dump like this takes; 7.0 GiB of it did not fit), then",
        ),
        (
            {"encoding": Encoding.RAW, "file_size": 8 * GIB, "expected_size": 8 * GIB},
            "free 8.0 GiB there (what a dump like this takes), then",
        ),
        ({"expected_size": 8 * GIB, "uncompressed_size": 0}, "make room there, then"),
        ({"expected_size": None}, "make room there, then"),
    ],
)
def test_a_full_volume_says_how_much_room_is_needed(facts: dict[str, Any], words: str) -> None:
    found = inspection(Verdict.TRUNCATED, cause=Cause.VOLUME_FULL, **facts)
    assert words in lines(told(ending(found)))["Next"]


def test_an_early_end_is_told_unless_the_verdict_says_it_already() -> None:
    held = "incomplete, and stages.verify.allow_incomplete is false: all of it is there"
    assert lines(told(ending(inspection(), reason=held)))["Ended early"] == held
    left = "all of it is there; the file was left where it is"
    assert "Ended early" not in lines(told(ending(inspection(), reason=left)))


def test_a_further_revision_says_what_it_replaces() -> None:
    alert = told(ending(inspection(), previous=True))
    assert alert.title == "10.0.40.7: core complete (revision 2)"
    assert "This replaces what was said of dump 1" in alert.remarks[0]


@pytest.mark.parametrize(
    ("name", "reuses", "words", "silent"),
    [
        (NAME, False, "", "kdumpd refuses"),
        (NAME, True, "used before, by dump 1. kdumpd refuses the next dump", "_panicd_corename"),
        (b"mycore", True, "used before, by dump 1. _panicd_corename seems to be fixed", "\0"),
        (b"mycore", False, "If _panicd_corename is fixed, kdumpd refuses the next dump", "\0"),
    ],
)
def test_a_name_that_blocks_the_next_dump_is_remarked_on(
    name: bytes, reuses: bool, words: str, silent: str
) -> None:
    end = ending(inspection(), name=name, reuses=reuses)
    for text in (told(end).body, summary(end)):
        assert words in text
        assert silent not in text


def test_a_dump_without_an_address_is_called_by_its_name() -> None:
    alert = told(ending(inspection(), name=b"mycore"))
    assert alert.title == "mycore: core complete"
    assert "Mac" not in lines(alert)


HOSTILE = "x\r\nBcc: all@example.com\x1b[2J\u202e\x00"


def test_hostile_names_and_texts_arrive_escaped() -> None:
    """Even where a text has slipped past the door where it should have been made safe."""
    panic = Panic(
        line=HOSTILE, cpu=0, caller="0", reason=HOSTILE, kexts=(HOSTILE,), frames=(HOSTILE,)
    )
    found = inspection(reason=HOSTILE, panic=panic, version=HOSTILE, architecture=HOSTILE)
    end = ending(found, State.PARKED, HOSTILE, name=HOSTILE.encode() + b"\xff" * 20)
    alert = told(end)
    for text in (alert.title, *alert.body.split("\n"), summary(end)):
        assert text == one_line(text)
    assert not any(line.startswith("Bcc") for line in alert.body.split("\n"))
    assert printable(HOSTILE.encode() + b"\xff") in lines(alert)["File"]


@given(name=st.binary(min_size=1, max_size=255), text=st.text(max_size=200))
def test_any_name_and_text_gives_an_alert_that_can_be_stored_and_sent(
    name: bytes, text: str
) -> None:
    text = text.encode("utf-8", "replace").decode()
    panic = Panic(line=text, cpu=0, caller="0", reason=text)
    end = ending(inspection(reason=text, panic=panic), State.PARKED, text, name=name)
    alert = told(end)
    assert msgspec.json.decode(msgspec.json.encode(alert), type=Alert) == alert
    assert len(alert.title) <= 210
    assert all(character == "\n" or character.isprintable() for character in alert.body)


def test_a_sizeable_dump_makes_a_modest_alert() -> None:
    """A letter to the child, and a message, have a bound whatever the dump holds."""
    long = "k" * 5000
    panic = Panic(
        line=long,
        cpu=0,
        caller="0",
        reason=long,
        kexts=(long,) * 500,
        frames=(long,) * 500,
        process=long,
    )
    alert = told(ending(inspection(panic=panic, version=long, reason=long)))
    assert len(alert.body) < 10_000


def test_the_log_line_has_state_verdict_panic_and_place() -> None:
    line = summary(ending(inspection(), artifacts=(ZIP,)))
    for part in ("done", "complete, 64.0 MiB", PANIC.line, "zip: /Users/Shared/PanicPipe/core.zip"):
        assert part in line


def test_the_facts_are_the_same_as_values() -> None:
    found = inspection(Verdict.TRUNCATED, cause=Cause.VOLUME_FULL, sha256="ab")
    facts = told(ending(found, artifacts=(ZIP,))).facts
    assert facts["verdict"] == "truncated"
    assert facts["cause"] == "volume full"
    assert facts["client"] == "10.0.40.7"
    assert facts["panic"] == PANIC.line
    assert facts["size"] == 64 << 20
    assert facts["artifacts"] == {"zip": ZIP.path}
    assert str(facts["next"]).startswith("the dump directory's volume was full")
    assert facts["frames"] == list(PANIC.frames)
    assert facts["kexts"] == list(PANIC.kexts)
    assert (facts["macos"], facts["build"], facts["darwin"]) == ("15", "24E263", "24.4.0")
    assert facts["debug_kit"] == "Kernel Debug Kit for build 24E263"
    assert (facts["transfer_seconds"], facts["processing_seconds"]) == (125.0, 2.5)


def test_the_facts_have_the_same_names_whatever_is_known() -> None:
    unread = told(ending(None, State.PARKED, "two workers died reading it")).facts
    assert unread.keys() == told(ending(inspection(), artifacts=(ZIP,))).facts.keys()
    assert unread["verdict"] is None
    assert unread["frames"] == []
