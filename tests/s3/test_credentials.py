"""Why there are no credentials is told in one plain line, which names where to mend it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import Rejected, TryAgain
from pipeline.errors import StepError
from pipeline.s3 import credential_process
from pipeline.s3.credentials import Unauthorised
from pipeline.s3.objects import Bucket
from pipeline.s3.options import S3Options
from tests.s3.servers import S3Server
from tests.s3.uploading import options

_SECRET = "kernelmemorykernelmemorykernelmemory"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Have boto3 find these files and nothing else."""
    home = tmp_path / ".aws"
    home.mkdir()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (
        ("HOME", tmp_path),
        ("AWS_SHARED_CREDENTIALS_FILE", home / "credentials"),
        ("AWS_CONFIG_FILE", home / "config"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ):
        monkeypatch.setenv(name, str(value))

    def written(text: str | bytes, name: str = "credentials") -> Path:
        data = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
        (home / name).write_bytes(data)
        return home / name

    return written


def fault(profile: str | None = None, region: str | None = None) -> StepError:
    """Nothing listens at this server: whoever is blamed, it is not asked."""
    given = S3Options(
        bucket="panics", endpoint_url="http://127.0.0.1:1", profile=profile, region=region
    )
    with pytest.raises(StepError) as caught:
        Bucket(given).prepare()
    text = str(caught.value)
    assert "\n" not in text
    assert _SECRET not in text
    assert "127.0.0.1" not in text
    return caught.value


def test_half_a_pair_names_the_other_half(write: Write) -> None:
    write("[lab]\naws_access_key_id = someone\n")
    found = fault("lab")
    assert isinstance(found, Unauthorised)
    assert "of profile lab are incomplete: aws_secret_access_key is missing" in str(found)


def test_keys_that_were_left_empty(write: Write) -> None:
    write("[default]\naws_access_key_id =\naws_secret_access_key =\n")
    found = fault()
    assert isinstance(found, Unauthorised)
    assert "the credentials are empty: put in both keys" in str(found)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"aws_secret_access_key = {_SECRET}\n", ", line 1,"),
        (f"[default]\naws_access_key_id = x\n{_SECRET}\n", ", line 3,"),
        ("[default]\na = 1\n[default]\n", ", line 3,"),
        (b"\xff\xfe[default]\x00", ""),
    ],
    ids=["no section", "no value", "twice", "UTF-16"],
)
def test_a_malformed_file_is_named_with_its_line_and_not_shown(
    write: Write, text: str | bytes, line: str
) -> None:
    path = write(text)
    found = fault()
    assert isinstance(found, Unauthorised)
    assert f"{path}{line} is not in the form of boto3's files" in str(found)


def test_a_role_from_a_profile_that_is_not_there(write: Write) -> None:
    write("[lab]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = nobody\n")
    found = fault("lab")
    assert isinstance(found, Unauthorised)
    assert '.aws is not right: The source_profile "nobody"' in str(found)


def test_a_profile_of_the_environment_is_named(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "there is no profile nobody in" in str(fault())
    assert str(fault()).endswith("check AWS_PROFILE")


def test_a_login_is_not_for_daemons(write: Write) -> None:
    write(
        """
        [default]
        sso_start_url = https://example.awsapps.com/start
        sso_region = us-east-1
        sso_account_id = 111122223333
        sso_role_name = x
        """
    )
    found = fault()
    assert isinstance(found, Unauthorised)
    assert "need somebody who logs in" in str(found)


def test_a_region_that_is_none(write: Write) -> None:
    write("[default]\nregion = eu central 1\n", "config")
    write("[default]\naws_access_key_id = x\naws_secret_access_key = y\n")
    found = fault()
    assert isinstance(found, Rejected)
    assert "'eu central 1': set region" in str(found)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("/bin/sh -c 'exit 3'", "the credential_process of profile lab failed: run it by hand"),
        (
            f"/bin/sh -c 'echo {_SECRET} >&2; exit 1'",
            "the credential_process of profile lab failed",
        ),
        (f"/bin/echo {_SECRET}", "what a credential_process there prints"),
        ("/bin/echo []", "what a credential_process there prints"),
        ("/bin/echo '{\"Version\": 1}'", "the credential_process of profile lab failed"),
        ("/nonexistent/vault", "cannot be started: /nonexistent/vault: No such file"),
        ("/", "cannot be started: /: Permission denied"),
        ("/bin/sh -c 'echo", "what a credential_process there prints"),
    ],
    ids=["ends", "says why", "no JSON", "no object", "no keys", "missing", "directory", "quotes"],
)
def test_a_program_that_gives_no_credentials_is_asked_again_and_its_words_are_not_shown(
    write: Write, program: str, words: str
) -> None:
    write(f"[lab]\ncredential_process = {program}\n")
    found = fault("lab")
    assert isinstance(found, TryAgain)
    assert words in str(found)


def test_a_program_that_hangs_is_ended(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credential_process, "_SECONDS", 0.5)
    write("[default]\ncredential_process = /bin/sh -c 'sleep 600; echo'\n")
    found = fault()
    assert isinstance(found, TryAgain)
    assert "did not end within 0.5 s and was stopped" in str(found)


def test_a_program_that_answers_is_used(weed: S3Server, write: Write) -> None:
    given = f'{{"Version": 1, "AccessKeyId": "{weed.access_key}", "SecretAccessKey": '
    given += f'"{weed.secret_key}"}}'
    answer = write(given, "answer")
    write(f"[lab]\ncredential_process = /bin/cat {answer}\n")
    bucket = Bucket(options(weed, profile="lab"))
    bucket.prepare()
    assert bucket.has_credentials
    assert bucket.read("nothing", 1) is None


def test_a_role_that_cannot_be_taken_on_is_not_the_servers_fault(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://sts.invalid")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    write(
        """
        [keys]
        aws_access_key_id = someone
        aws_secret_access_key = something
        [lab]
        role_arn = arn:aws:iam::111122223333:role/x
        source_profile = keys
        """
    )
    found = fault("lab", "eu-central-1")
    assert isinstance(found, TryAgain)
    assert "the server that gives profile lab its credentials cannot be reached" in str(found)
