"""Why a server could not be spoken to at all."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from pipeline.display import one_line
from pipeline.errors import Rejected, StepError, TryAgain
from pipeline.s3 import credentials
from pipeline.s3.options import S3Options
from pipeline.s3.told import Untold, is_untold

_SELF_SIGNED = (18, 19, 20, 21)
_NOT_NOW = (9, 10)
_WRONG_HOST = (62, 64)
"""OpenSSL's numbers for what is wrong with a certificate: X509_V_ERR_… in x509_vfy.h."""
_NO_FILE = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR)
_GARBLED = frozenset(
    [
        "ResponseParserError",
        "IncompleteReadError",
        "ResponseStreamingError",
        "AwsChunkedWrapperError",
        "FlexibleChecksumError",
        "ChecksumError",
        "ProtocolError",
        "IncompleteRead",
    ]
)
_UNFIT = frozenset(
    [
        "ParamValidationError",
        "ValidationError",
        "InvalidEndpointConfigurationError",
        "UnsupportedS3ConfigurationError",
        "EndpointProviderError",
        "InvalidS3AddressingStyleError",
    ]
)


def fault(error: BaseException, options: S3Options) -> StepError | None:
    """Return what an exception of the network or of boto3 itself means; None for all others."""
    if not _of_the_network(error):
        return None
    causes = tuple(_causes(error))
    return (
        credentials.fault(error, options)
        or _circle(causes, options)
        or _proxy(causes)
        or _tls(causes, options)
        or _unreachable(causes, options)
        or _conversation(error, options)
    )


def _of_the_network(error: BaseException) -> bool:
    from botocore.exceptions import BotoCoreError
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError

    known = BotoCoreError | ResponseParserError | HTTPError | OSError | RecursionError
    return isinstance(error, known) or is_untold(error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and all that led to it, from the outside in."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        found = waiting.pop(0)
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        named = getattr(found, "kwargs", {}).get("error"), getattr(found, "original_error", None)
        arguments = (each for each in found.args if isinstance(each, BaseException))
        reason = getattr(found, "reason", None)
        waiting += [*named, reason, *arguments, found.__cause__, found.__context__]


def _circle(causes: tuple[BaseException, ...], options: S3Options) -> StepError | None:
    """Tell that botocore followed redirections, which it does not count, until it gave up."""
    if any(isinstance(cause, RecursionError) for cause in causes):
        return Rejected(f"{options.server} redirects in circles: check endpoint_url and region")
    return None


def _proxy(causes: tuple[BaseException, ...]) -> StepError | None:
    if any(type(cause).__name__ in ("ProxyConnectionError", "ProxyError") for cause in causes):
        return TryAgain(
            f"the proxy in HTTPS_PROXY or HTTP_PROXY does not let us through "
            f"({_innermost(causes)}): check these variables"
        )
    if any(
        type(cause).__name__ in ("LocationParseError", "InvalidProxiesConfigError")
        for cause in causes
    ):
        return TryAgain("a proxy's URL cannot be read: check HTTPS_PROXY and HTTP_PROXY")
    return None


def _tls(causes: tuple[BaseException, ...], options: S3Options) -> StepError | None:
    server = options.server
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TryAgain(_certificate(cause.verify_code, server))
    if any(type(cause).__name__ == "CertificateError" for cause in causes):  # urllib3's own
        return TryAgain(_certificate(_WRONG_HOST[0], server))
    if any(isinstance(cause, ssl.SSLError) and cause.library == "X509" for cause in causes):
        return TryAgain(f"{options.ca_bundle} holds no certificates in PEM form: check ca_bundle")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return TryAgain(
            f"{server} does not speak TLS as it should: check whether endpoint_url must begin "
            "with http:// and whether the port is right"
        )
    if not any(type(cause).__name__ == "SSLError" for cause in causes):
        return None
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno in _NO_FILE:
            path, key = _bundle(options)
            return TryAgain(f"{path} cannot be read ({_words(cause)}): check {key}")
    return TryAgain(f"no TLS with {server}: check ca_bundle and the certificate")


def _bundle(options: S3Options) -> tuple[str, str]:
    """Return the file of certificates that is used, and which key names it."""
    if options.ca_bundle is not None:
        return str(options.ca_bundle), "ca_bundle"
    named = one_line(os.environ.get("AWS_CA_BUNDLE", ""), 200)
    return named or "the file of certificates", "AWS_CA_BUNDLE, and ca_bundle in boto3's files"


def _certificate(number: int, server: str) -> str:
    if number in _NOT_NOW:
        return (
            f"the certificate of {server} is not valid at this time: renew it there, or set this "
            "computer's clock right"
        )
    if number in _WRONG_HOST:
        return f"the certificate of {server} is for another host name: check endpoint_url"
    if number in _SELF_SIGNED:
        return (
            f"the certificate of {server} is signed by nobody known here: name its authority "
            "with ca_bundle"
        )
    return f"the certificate of {server} is not valid (OpenSSL {number}): check it there"


def _unreachable(causes: tuple[BaseException, ...], options: S3Options) -> StepError | None:
    server = options.server
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return TryAgain(
            f"the name {_host(options)} has no address: check endpoint_url, region and DNS"
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return TryAgain(f"{server} refuses connections: check that it runs, and the port")
    if any("Timeout" in type(cause).__name__ for cause in causes) or any(
        isinstance(cause, TimeoutError) for cause in causes
    ):
        return TryAgain(f"{server} does not answer in time: check the network and any firewall")
    if any(isinstance(cause, ConnectionError) for cause in causes):
        return TryAgain(f"{server} broke the connection off: trying again later")
    return None


def _host(options: S3Options) -> str:
    if options.endpoint_url is None:
        return f"s3.{options.region}.amazonaws.com" if options.region else "s3.amazonaws.com"
    return urlsplit(options.endpoint_url).hostname or options.server


def _conversation(error: BaseException, options: S3Options) -> StepError | None:
    kind = type(error).__name__
    if kind in _GARBLED or is_untold(error):
        what = str(error) if isinstance(error, Untold) else kind
        return TryAgain(f"{options.server} answers, but not as S3 does or not in full ({what})")
    if kind in _UNFIT:
        return Rejected(f"boto3 refuses what it was given for {options.url()} ({kind})")
    if type(error).__module__.startswith(("botocore", "urllib3")):
        return TryAgain(f"{options.server} cannot be reached ({_innermost((error,))})")
    return TryAgain(f"no connection to {options.server}: {one_line(_words(error), 100)}")


def _words(error: BaseException) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def _innermost(causes: tuple[BaseException, ...]) -> str:
    return one_line(_words(causes[-1]), 100)
