"""Where the URLs come from: the environment. The configuration and files are in test_routes.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.alerts.routes import check, routes
from pipeline.errors import ConfigError
from pipeline.notifiers.apprise import AppriseNotifier
from tests.alerts.lane import apprise, built

NAME = "PANICPIPE_TEST_URLS"
URLS = ("json://S3CRET@10.0.0.1/a", "mailto://u:S3CRET@example.com")


def from_environment(**options: object) -> AppriseNotifier:
    return AppriseNotifier(urls_env=NAME, **options)  # type: ignore[arg-type]


def test_urls_come_from_the_environment_between_white_space(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(NAME, f"  {URLS[0]}\n\t{URLS[1]} ")
    found = routes([built(from_environment())])
    assert [route.name for route in found] == [route.name for route in routes([apprise(*URLS)])]
    assert [list(route.recipe.config["urls"]) for route in found] == [[url] for url in URLS]
    assert all(route.recipe.config["urls_env"] is None for route in found)


def test_all_three_sources_add_up_and_a_url_given_twice_is_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "urls"
    file.write_text(f"{URLS[0]}\njson://10.0.0.1/from-file\n")
    file.chmod(0o600)
    monkeypatch.setenv(NAME, "json://10.0.0.1/from-environment")
    notifier = from_environment(urls=URLS[:1], urls_file=file)
    assert len(notifier.destinations()) == 3


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, f"urls_env: the environment variable {NAME} is not set"),
        ("", f"urls_env: the environment variable {NAME} is empty"),
        (" \n ", f"urls_env: the environment variable {NAME} is empty"),
        (f"{URLS[0]} S3CRET", f"urls_env {NAME} URL 2: is not like slack://…"),
    ],
)
def test_a_variable_without_urls_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, value: str | None, words: str
) -> None:
    if value is None:
        monkeypatch.delenv(NAME, raising=False)
    else:
        monkeypatch.setenv(NAME, value)
    with pytest.raises(ConfigError) as refusal:
        routes([built(from_environment())], Path("/etc/panicpipe.toml"))
    assert str(refusal.value) == f"/etc/panicpipe.toml: notifiers.ops: {words}"


@pytest.mark.parametrize("name", ["", "json://S3CRET@10.0.0.1/", "A B", "1A", "A=S3CRET"])
def test_a_value_where_a_name_belongs_is_refused_and_not_shown(name: str) -> None:
    with pytest.raises(ValueError, match=r"^urls_env must be the name of") as refusal:
        AppriseNotifier(urls_env=name)
    assert "S3CRET" not in str(refusal.value)


def test_a_url_of_the_environment_that_apprise_cannot_use_is_found_by_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(NAME, f"{URLS[0]} slaack://S3CRETtoken/S3CRETpath")
    with pytest.raises(ConfigError) as refusal:
        check([built(from_environment())], None)
    assert f"urls_env {NAME} URL 2: apprise cannot use this URL: " in str(refusal.value)
    assert "S3CRET" not in str(refusal.value)


def test_what_sends_is_loaded_only_where_something_is_sent() -> None:
    program = (
        "import sys; before = set(sys.modules); "
        "from pipeline.notifiers.apprise import AppriseNotifier; "
        "AppriseNotifier(urls=('json://10.0.0.1/a', 'mailto://u:p@b.de')).destinations(); "
        "sys.exit(bool({'apprise', 'requests', 'smtplib', 'http.client', 'ssl'} & "
        "(set(sys.modules) - before)))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
