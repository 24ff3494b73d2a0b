"""Which routes a configuration comes to, and what is refused before anything is sent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.alerts.routes import check, routes
from pipeline.errors import ConfigError
from pipeline.notifiers.apprise import AppriseNotifier
from pipeline.plugin import Notifier
from pipeline.registry.discovery import Built
from tests.alerts.lane import apprise, built
from tests.alerts.plugins import Bad, Diary, Forgetful, Many

URLS = ("json://S3CRET@10.0.0.1/a", "mailto://u:S3CRET@example.com", "json://S3CRET@10.0.0.1/b")


def names(*notifiers: Built[Notifier]) -> list[str]:
    return [route.name for route in routes(notifiers)]


@pytest.fixture
def urls_file(tmp_path: Path) -> Path:
    file = tmp_path / "urls"
    file.write_text(f"# two services\n\n  {URLS[0]}  \r\n#json://old\n{URLS[1]}\n")
    file.chmod(0o600)
    return file


def instead(file: Path, make: Callable[[], object]) -> None:
    file.unlink()
    make()


def from_file(file: Path) -> Built[Notifier]:
    return built(AppriseNotifier(urls_file=file))


def test_each_url_is_a_route_of_its_own_named_without_its_secrets() -> None:
    found = names(apprise(*URLS))
    assert [name.split("-")[0] for name in found] == ["ops/json", "ops/mailto", "ops/json"]
    assert len(set(found)) == 3
    assert "S3CRET" not in "".join(found)
    assert "S3CRET" not in repr(routes([apprise(*URLS)]))


def test_a_url_keeps_its_name_wherever_it_stands(urls_file: Path) -> None:
    """So that what is owed to it survives a change of the configuration around it."""
    assert names(apprise(*reversed(URLS))) == names(apprise(*URLS))[::-1]
    assert names(apprise(URLS[1])) == names(apprise(*URLS))[1:2]
    assert names(from_file(urls_file)) == names(apprise(*URLS))[:2]


def test_a_url_given_twice_is_one_route(urls_file: Path) -> None:
    both = built(AppriseNotifier(urls=URLS[:2], urls_file=urls_file))
    assert names(both) == names(apprise(*URLS[:2]))


def test_each_route_carries_its_own_url_only() -> None:
    carried = [list(route.recipe.config["urls"]) for route in routes([apprise(*URLS)])]
    assert carried == [[url] for url in URLS]


def test_a_notifier_with_one_destination_is_called_as_in_the_configuration() -> None:
    assert names(built(Diary(file="x"), "paper"), built(Many(files=("a", "b")), "m")) == [
        "paper",
        "m/a",
        "m/b",
    ]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda file: file.chmod(0o640), "others can read or change these secrets"),
        (lambda file: file.chmod(0o604), "others can read or change these secrets"),
        (lambda file: file.unlink(), "cannot be read: No such file or directory"),
        (lambda file: instead(file, lambda: os.mkfifo(file, 0o600)), "must be a regular file"),
        (lambda file: instead(file, lambda: file.symlink_to("/dev/zero")), "must be a regular"),
        (lambda file: file.write_text("# nothing\n\n"), "no URL is in it"),
        (lambda file: file.write_bytes(b"json://\xff"), "is not UTF-8 text"),
        (lambda file: file.write_bytes(b"#" * (2 << 20)), "is too long"),
        (lambda file: file.write_text("S3CRET without scheme"), "not line 1"),
    ],
)
def test_a_file_of_urls_that_cannot_be_trusted_or_used_is_refused(
    urls_file: Path, spoil: Callable[[Path], object], words: str
) -> None:
    spoil(urls_file)
    with pytest.raises(ConfigError, match=words) as refusal:
        routes([from_file(urls_file)], Path("/etc/panicpipe.toml"))
    assert str(refusal.value).startswith("/etc/panicpipe.toml: notifiers.ops: urls_file ")
    assert "S3CRET" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_urls_that_belongs_to_somebody_else_is_refused(urls_file: Path) -> None:
    os.chown(urls_file, 12345, -1)
    with pytest.raises(ConfigError, match="belongs to somebody else"):
        routes([from_file(urls_file)])


def test_a_notifier_that_cannot_tell_its_destinations_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigError, match=r"notifiers.ops: forgot them$"):
        routes([built(Forgetful())])
    with pytest.raises(ConfigError, match="tell nobody"):
        routes([built(Many(files=()))])


@pytest.mark.parametrize(
    "options",
    [
        {"urls": ()},
        {"urls": ("S3CRET",)},
        {"urls": ("json://",)},
        {"urls": URLS, "timeout_seconds": 0},
        {"urls": URLS, "timeout_seconds": 61},
    ],
)
def test_options_that_make_no_sense_are_refused_by_their_key(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^(urls|timeout_seconds) ") as refusal:
        AppriseNotifier(**options)  # type: ignore[arg-type]
    assert "S3CRET" not in str(refusal.value)


def test_a_url_that_apprise_cannot_use_is_found_by_the_check(tmp_path: Path) -> None:
    """Told by key and place; the same from a file, by its line; never with the secret."""
    file = tmp_path / "urls"
    file.write_text(f"{URLS[0]}\nslaack://S3CRETtoken/S3CRETpath\n")
    file.chmod(0o600)
    notifiers = [
        apprise(*URLS),
        apprise(URLS[0], "discord://S3CRETonly", name="chat"),
        built(AppriseNotifier(urls_file=file), "listed"),
    ]
    with pytest.raises(ConfigError) as refusal:
        check(notifiers, None)
    told = str(refusal.value).splitlines()
    assert len(told) == 2
    assert "notifiers.chat: urls[1]: apprise cannot use this URL: " in told[0]
    assert "notifiers.listed: urls_file line 2: apprise cannot use this URL: " in told[1]
    assert "S3CRET" not in str(refusal.value)


def test_good_notifiers_pass_the_check_silently(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    check([apprise(*URLS), built(Bad(how="print", token="hunter22"))], None)
    check([], None)
    written = capfd.readouterr()
    assert caplog.text + written.out + written.err == ""


def test_a_strangers_check_is_told_line_by_line_and_its_bugs_too() -> None:
    notifiers = [built(Bad(how="check", token="hunter22")), built(Bad(how="raise", token="x"), "b")]
    with pytest.raises(ConfigError) as refusal:
        check(notifiers, Path("/c"))
    told = str(refusal.value).splitlines()
    assert told[:2] == [
        "/c: notifiers.ops: how is wrong, says …",
        "/c: notifiers.ops: and twice so",
    ]
    assert told[2].startswith("/c: notifiers.b: the notifier has a bug: KeyError in plugins.py:")


def test_a_check_that_hangs_does_not_stop_the_daemon(caplog: pytest.LogCaptureFixture) -> None:
    check([built(Bad(how="hang", token="hunter22"))], None, limit=0.5)
    assert "the notifiers cannot be checked: TimeoutExpired" in caplog.text
    assert "hunter22" not in caplog.text


def test_apprise_is_not_loaded_by_the_daemon() -> None:
    """Half a second and thirty megabytes that only a child that sends should pay for."""
    program = (
        "import sys, pipeline.daemon.service, pipeline.alerts.outbox; "
        "from pipeline.registry.discovery import Built; "
        "from pipeline.notifiers.apprise import AppriseNotifier; "
        "from pipeline.alerts.routes import routes; "
        "plugin = AppriseNotifier(urls=('json://10.0.0.1/a',)); "
        "routes([Built(name='a', use='a', reference='a:b', config={}, plugin=plugin)]); "
        "sys.exit('apprise' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
