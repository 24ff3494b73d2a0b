"""Every way in which a server cannot be used is told in one plain line, and kept apart."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from pipeline import Rejected, TryAgain
from pipeline.errors import StepError
from pipeline.s3 import client
from pipeline.s3.answers import Answer as Read
from pipeline.s3.answers import NotAccepted
from pipeline.s3.answers import fault as meaning
from pipeline.s3.sending import put_bytes
from tests.s3.certificate import self_signed
from tests.s3.faults import Answer, Hang
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server
from tests.s3.uploading import bucket, options

_LOCK = {"object_lock_mode": "GOVERNANCE", "object_lock_days": 3}
_SKEW = 3 * 3600 + 30


def put(server: S3Server, **given: Any) -> None:
    put_bytes(bucket(server, **given), "k", b"data", "text/plain")


def fault_of(server: S3Server, **given: Any) -> StepError:
    with pytest.raises(StepError) as caught:
        put(server, **given)
    text = str(caught.value)
    assert "\n" not in text
    assert server.secret_key not in text
    assert server.access_key not in text
    return caught.value


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Answer(503, "SlowDown"), TryAgain, "is busy (SlowDown)"),
        (Answer(500, "InternalError"), TryAgain, "failed inside (InternalError)"),
        (Answer(507, "InsufficientStorage"), TryAgain, "is full or over its quota"),
        (Answer(403, "QuotaExceeded"), TryAgain, "is full or over its quota"),
        (Answer(400, "BadDigest"), TryAgain, "received other bytes than were sent"),
        (Answer(409, "Strange"), TryAgain, "answers Strange for s3://"),
        (Answer(403, "AccessDenied"), Rejected, "denies s3:PutObject on s3://"),
        (
            Answer(403, "AccessDenied", "x is not authorized to perform: kms:GenerateDataKey on y"),
            Rejected,
            "denies kms:GenerateDataKey on s3://",
        ),
        (Answer(403, "InvalidAccessKeyId"), NotAccepted, "does not accept the credentials"),
        (Answer(403, "SignatureDoesNotMatch"), NotAccepted, "does not accept the credentials"),
        (Answer(400, "ExpiredToken"), NotAccepted, "no longer valid"),
        (Answer(400, "EntityTooSmall"), Rejected, "refuses this request (EntityTooSmall)"),
        (Answer(403, "InvalidObjectState"), Rejected, "lies in cold storage"),
        (Answer(404, "NoSuchBucket"), Rejected, "there is no bucket test-"),
        (
            Answer(301, "PermanentRedirect", headers=(("x-amz-bucket-region", "eu-west-1"),)),
            Rejected,
            'is in eu-west-1: set region = "eu-west-1"',
        ),
        (Answer(301, "PermanentRedirect"), Rejected, "redirects in circles"),
        (Answer(400, "KMS.DisabledException"), Rejected, "cannot use the bucket's KMS key"),
        (Answer(400, "InvalidStorageClass"), Rejected, "refuses this request"),
        (Answer(501, "NotImplemented"), Rejected, "refuses this request"),
    ],
    ids=lambda value: value.code if isinstance(value, Answer) else "",
)
def test_each_answer_of_a_server_says_what_happens_next(
    as_admin: S3Server, proxy: FaultProxy, answer: Answer, kind: type, words: str
) -> None:
    proxy.add(answer, times=None)
    fault = fault_of(as_admin.behind(proxy.endpoint))
    assert type(fault) is kind
    assert words in str(fault)


def test_the_servers_clock_tells_how_far_ours_is_off(as_admin: S3Server, proxy: FaultProxy) -> None:
    for skew, words in ((_SKEW, "3 h 0 min behind"), (-_SKEW, "3 h 0 min ahead of")):
        date = ("Date", formatdate(time.time() + skew, usegmt=True))
        proxy.clear()
        proxy.add(Answer(403, "RequestTimeTooSkewed", headers=(date,)), times=None)
        fault = fault_of(as_admin.behind(proxy.endpoint))
        assert isinstance(fault, TryAgain)
        assert words in str(fault)


def test_a_clock_that_is_off_is_blamed_where_the_answer_says_no_more_than_403() -> None:
    """An answer to HEAD has no body: only its date tells it from a missing permission."""
    here = options(S3Server(endpoint="http://h:1", access_key="", secret_key="", bucket="abc"))
    for skew, kind in ((_SKEW, TryAgain), (60, Rejected)):
        date = formatdate(time.time() + skew, usegmt=True)
        answer = {
            "Error": {"Code": "403"},
            "ResponseMetadata": {"HTTPStatusCode": 403, "HTTPHeaders": {"date": date}},
        }
        assert type(meaning(Read.read(answer), here, "s3:GetObject", "k")) is kind


def test_a_clock_that_the_server_says_nothing_of_is_still_blamed() -> None:
    answer = {
        "Error": {"Code": "RequestTimeTooSkewed"},
        "ResponseMetadata": {"HTTPStatusCode": 403, "HTTPHeaders": {"date": "nonsense"}},
    }
    here = options(S3Server(endpoint="http://h:1", access_key="", secret_key="", bucket="abc"))
    assert "clock" in str(meaning(Read.read(answer), here, "", "k"))


@pytest.mark.parametrize(
    ("region", "kind", "words"),
    [(None, TryAgain, "for the moment"), ("eu-west-1", Rejected, 'set region = "eu-west-1"')],
)
def test_a_redirection_for_now_parks_nothing_unless_the_region_is_wrong(
    region: str | None, kind: type, words: str
) -> None:
    headers = {} if region is None else {"x-amz-bucket-region": region}
    for code in ("TemporaryRedirect", "307"):
        answer = {
            "Error": {"Code": code},
            "ResponseMetadata": {"HTTPStatusCode": 307, "HTTPHeaders": headers},
        }
        here = options(S3Server(endpoint="http://h:1", access_key="", secret_key="", bucket="abc"))
        found = meaning(Read.read(answer), here, "", "k")
        assert type(found) is kind
        assert words in str(found)


def test_a_bucket_that_is_not_there(as_admin: S3Server) -> None:
    fault = fault_of(as_admin, bucket="not-there-at-all")
    assert isinstance(fault, Rejected)
    assert "there is no bucket not-there-at-all" in str(fault)


def test_somebody_who_may_only_read_is_denied_and_told_what_is_missing(
    weed_reader: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in weed_reader.environment().items():
        monkeypatch.setenv(name, value)
    fault = fault_of(weed_reader)
    assert isinstance(fault, Rejected)
    assert "denies s3:PutObject" in str(fault)


def test_a_wrong_secret_is_not_accepted(
    as_admin: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    fault = fault_of(as_admin)
    assert isinstance(fault, Rejected)
    assert "SignatureDoesNotMatch" in str(fault)


def test_without_credentials_it_says_where_they_are_looked_for(
    as_admin: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    fault = fault_of(as_admin)
    assert isinstance(fault, Rejected)
    assert ".aws" in str(fault)


def test_a_profile_that_is_not_there_is_named(as_admin: S3Server) -> None:
    fault = fault_of(as_admin, profile="nobody")
    assert isinstance(fault, Rejected)
    assert "no profile nobody" in str(fault)


def test_credentials_in_the_users_own_directory_work_in_an_empty_environment(
    weed: S3Server, tmp_path: Path
) -> None:
    """launchd gives no HOME; the password database does, so root's files are found."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(
        f"[default]\naws_access_key_id = {weed.access_key}\n"
        f"aws_secret_access_key = {weed.secret_key}\n"
    )
    program = """
import os, pwd, sys
assert not {"HOME", "PATH", "USER"} & os.environ.keys()
entry = pwd.getpwuid(os.getuid())
pwd.getpwuid = lambda uid: type("Entry", (), {"pw_dir": sys.argv[1]})
from pipeline.s3.objects import Bucket
from pipeline.s3.options import S3Options
from pipeline.s3.sending import put_bytes
put_bytes(Bucket(S3Options(bucket=sys.argv[3], endpoint_url=sys.argv[2])), "k", b"d", "text/plain")
"""
    arguments = [str(tmp_path), weed.endpoint, weed.bucket]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert weed.read("k") == b"d"


def test_a_name_without_address(as_admin: S3Server) -> None:
    fault = fault_of(as_admin.behind("http://nowhere.invalid:9000"))
    assert isinstance(fault, TryAgain)
    assert "the name nowhere.invalid has no address" in str(fault)


def test_nobody_listening(as_admin: S3Server, proxy: FaultProxy) -> None:
    proxy.offline()
    fault = fault_of(as_admin.behind(proxy.endpoint))
    assert isinstance(fault, TryAgain)
    assert f"127.0.0.1:{proxy.port} refuses connections" in str(fault)


def test_a_server_that_stays_silent(
    as_admin: S3Server, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_READ_SECONDS", 0.2)
    proxy.add(Hang(), times=None)
    fault = fault_of(as_admin.behind(proxy.endpoint))
    assert isinstance(fault, TryAgain)
    assert "does not answer in time" in str(fault)


def _speaking(data: bytes) -> tuple[str, socket.socket]:
    """Listen, and say the same thing to whoever comes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(1 << 16)
                connection.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{listener.getsockname()[1]}", listener


@pytest.mark.parametrize(
    "data", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\n<html"]
)
def test_somebody_else_at_that_port(as_admin: S3Server, data: bytes) -> None:
    place, listener = _speaking(data)
    with listener:
        fault = fault_of(as_admin.behind(f"http://{place}"))
        assert isinstance(fault, TryAgain)
        assert place in str(fault)


def test_tls_where_there_is_none(as_admin: S3Server) -> None:
    fault = fault_of(as_admin.behind(as_admin.endpoint.replace("http:", "https:")))
    assert isinstance(fault, TryAgain)
    assert "does not speak TLS" in str(fault)


def test_a_certificate_that_nobody_signed_is_refused_unless_it_is_named(
    as_admin: S3Server, tmp_path: Path
) -> None:
    certificate = self_signed(tmp_path)
    with FaultProxy(as_admin.endpoint, certificate=certificate) as proxy:
        server = as_admin.behind(proxy.endpoint)
        fault = fault_of(server)
        assert isinstance(fault, TryAgain)
        assert "signed by nobody known here: name its authority with ca_bundle" in str(fault)
        put(server, ca_bundle=certificate[0])
        assert as_admin.read("k") == b"data"
        fault = fault_of(
            server.behind(proxy.endpoint.replace("127.0.0.1", "localhost")),
            ca_bundle=certificate[0],
        )
        assert "is for another host name" in str(fault)


def test_a_ca_bundle_that_is_none(as_admin: S3Server, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text")
    server = as_admin.behind(as_admin.endpoint.replace("http:", "https:"))
    for bundle in (tmp_path / "missing", tmp_path / "text"):
        fault = fault_of(server, ca_bundle=bundle)
        assert f"{bundle} " in str(fault)
        assert "check ca_bundle" in str(fault)


def test_a_ca_bundle_of_the_environment_that_is_missing_is_named(
    as_admin: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nonexistent/ca.pem")
    fault = fault_of(as_admin.behind(as_admin.endpoint.replace("http:", "https:")))
    assert "/nonexistent/ca.pem cannot be read (No such file or directory)" in str(fault)
    assert "check AWS_CA_BUNDLE" in str(fault)


def test_a_proxy_that_is_no_url_is_blamed(
    as_admin: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", "nonsense:x:y")
    assert "check HTTPS_PROXY and HTTP_PROXY" in str(fault_of(as_admin))


def test_a_proxy_that_is_not_there_is_blamed(
    as_admin: S3Server, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.offline()
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", proxy.endpoint)
    fault = fault_of(as_admin)
    assert isinstance(fault, TryAgain)
    assert "the proxy in HTTPS_PROXY or HTTP_PROXY" in str(fault)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    put(as_admin)


def test_macos_is_never_asked_for_its_proxies(
    as_admin: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its SystemConfiguration crashes in a child that was forked."""
    import urllib.request

    import botocore.utils

    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("no_proxy", "")

    def as_on_macos(*_: object) -> Any:
        found = urllib.request.getproxies_environment()
        assert found, "the system was asked"
        return found

    def bypass_as_on_macos(host: str) -> Any:
        found = urllib.request.getproxies_environment()
        assert found, "the system was asked"
        return urllib.request.proxy_bypass_environment(host, found)  # type: ignore[attr-defined]

    monkeypatch.setattr(botocore.utils, "getproxies", as_on_macos)
    monkeypatch.setattr(botocore.utils, "proxy_bypass", bypass_as_on_macos)
    put(as_admin)
    botocore.utils.get_environ_proxies("http://169.254.169.254/")  # as for a role's credentials


def test_an_unknown_answer_is_shown_without_what_may_be_secret(
    as_admin: S3Server, proxy: FaultProxy
) -> None:
    secret = "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    proxy.add(Answer(409, "Strange", f"the key {secret} is odd"), times=None)
    text = str(fault_of(as_admin.behind(proxy.endpoint)))
    assert "is odd" in text
    assert not any(part in text for part in secret.split())


def test_hostile_answers_cannot_act_upon_a_terminal(as_admin: S3Server, proxy: FaultProxy) -> None:
    proxy.add(Answer(409, "Str\u202eange", "an\u2028other\u202eline"), times=None)
    text = str(fault_of(as_admin.behind(proxy.endpoint)))
    assert text.isprintable()


def test_what_is_not_about_the_server_is_left_alone(as_admin: S3Server) -> None:
    def bug() -> None:
        from pipeline.s3.faults import translated

        with translated(options(as_admin)):
            raise ZeroDivisionError

    _raises(bug)


def _raises(bug: Callable[[], None]) -> None:
    with pytest.raises(ZeroDivisionError):
        bug()


@pytest.mark.parametrize(
    ("code", "chosen", "words"),
    [
        ("InvalidAccessKeyId", {"profile": "lab"}, "accept the credentials of profile lab"),
        ("AccessDenied", {"profile": "lab"}, "give the credentials of profile lab this permission"),
        ("InvalidRequest", _LOCK, "does the bucket have Object Lock?"),
    ],
)
def test_what_was_chosen_is_named_where_it_may_be_the_cause(
    code: str, chosen: dict[str, Any], words: str
) -> None:
    server = S3Server(endpoint="http://h:1", access_key="", secret_key="", bucket="abc")
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    assert words in str(meaning(Read.read(answer), options(server, **chosen), "s3:PutObject", "k"))


def test_a_server_that_fails_while_it_should_encrypt_is_asked_whether_it_can() -> None:
    server = S3Server(endpoint="http://h:1", access_key="", secret_key="", bucket="abc")
    failed = Read.read(
        {"Error": {"Code": "InternalError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}
    )
    asked = meaning(failed, options(server, sse="aws:kms"), "s3:PutObject", "k")
    assert 'can it encrypt with sse = "aws:kms"?' in str(asked)
    assert "encrypt" not in str(meaning(failed, options(server), "s3:PutObject", "k"))
