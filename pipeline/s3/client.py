"""boto3's client, made for a daemon: bounded in time, the same under launchd and in a shell."""

from __future__ import annotations

import os
import urllib.request
from typing import TYPE_CHECKING, Literal

from pipeline.s3 import certificates, credential_process, credentials
from pipeline.s3.faults import translated
from pipeline.s3.options import S3Options

if TYPE_CHECKING:
    from boto3 import Session
    from mypy_boto3_s3 import S3Client

_CONNECT_SECONDS = 10
_READ_SECONDS = 60
_ATTEMPTS = 3
"""Of one request, a second or two apart. Longer pauses are the daemon's business."""
_DEFAULT_REGION = "us-east-1"
"""What servers other than Amazon's take as their region."""


def begin(options: S3Options) -> Session:
    """Return what looks up the credentials and keeps them.

    Raises Rejected where the profile or boto3's own files cannot be used.
    """
    with translated(options):
        keep_from_system_proxies()
        import boto3  # slow: only where something is to be sent
        from botocore.session import Session as BaseSession

        base = BaseSession()
        session = boto3.Session(
            botocore_session=base, profile_name=options.profile, region_name=options.region
        )
        credential_process.limit(base)
        return session


def connect(options: S3Options, session: Session, *, anonymous: bool = False) -> S3Client:
    """Return a client for these options. Nothing is sent yet, but credentials may be looked up.

    An anonymous one needs none: it finds out whether anybody answers.

    Raises Rejected where boto3's own files cannot be used. Threads may share it.
    """
    with translated(options):
        return _client(options, session, anonymous)


def ready(options: S3Options, session: Session, client: S3Client) -> bool:
    """Load what boto3 would read at first use; return whether there are credentials."""
    from awscrt import checksums  # noqa: F401  loaded for whoever computes some
    from botocore.httpsession import where

    found = credentials.look_up(options, session)
    client.get_paginator("list_objects_v2")
    certificates.keep(where() if options.ca_bundle is None else str(options.ca_bundle))
    return found


def _client(options: S3Options, session: Session, anonymous: bool) -> S3Client:
    from botocore import UNSIGNED
    from botocore.config import Config

    region = session.region_name or _DEFAULT_REGION
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=options.parallel + 2,
        signature_version=UNSIGNED if anonymous else "s3v4",
        user_agent_extra="app/panicpipe",
        proxies=_proxies(options),
        # Checksums are ours (see checksums.py): by itself botocore appends one to the body in a
        # form (aws-chunked trailers) that many servers do not know.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={
            "addressing_style": _addressing_style(options.path_style),
            # Hashing each body for its signature would read everything twice. The signature
            # covers the checksum's header instead, and the server holds that against the body.
            "payload_signing_enabled": False,
        },
    )
    return session.client(
        "s3",
        region_name=region,
        endpoint_url=options.endpoint_url,
        verify=None if options.ca_bundle is None else str(options.ca_bundle),
        config=config,
    )


def _addressing_style(path_style: bool | None) -> Literal["auto", "path", "virtual"]:
    # botocore's "auto" means by path for every endpoint_url, by host for Amazon.
    return "auto" if path_style is None else "path" if path_style else "virtual"


def _proxies(options: S3Options) -> dict[str, str]:
    """Return the proxies that environment variables name, for this server."""
    found = urllib.request.getproxies_environment()
    host = "s3.amazonaws.com" if options.endpoint_url is None else options.server
    bypass = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
    if bypass(host, found):
        return {}
    return {scheme: found[scheme] for scheme in ("http", "https") if found.get(scheme)}


def keep_from_system_proxies() -> None:
    """See to it that nothing in this process asks macOS for its proxies.

    urllib.request asks SystemConfiguration where no environment variable ends in `_proxy`; in a
    child that was forked and has not called exec, that ends in a crash
    (https://github.com/python/cpython/issues/74570). botocore asks urllib again for the servers
    from which it fetches credentials, where a client's own `proxies` are not used.
    """
    if not urllib.request.getproxies_environment():
        os.environ["no_proxy"] = "*"
