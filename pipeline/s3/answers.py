"""An S3 server's error answers in plain words, and what happens next."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from pipeline.display import duration, one_line
from pipeline.errors import Rejected, StepError, TryAgain
from pipeline.s3.options import S3Options

_BUSY = frozenset(
    [
        "SlowDown",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
        "BandwidthLimit",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceededException",
        "429",
        "503",
    ]
)
_FULL = frozenset(
    [
        "InsufficientStorage",
        "InsufficientCapacity",
        "QuotaExceeded",
        "QuotaExceededException",
        "XMinioStorageFull",
        "XMinioAdminBucketQuotaExceeded",
        "TooMuchData",
        "507",
    ]
)
_DAMAGED = frozenset(
    [
        "BadDigest",
        "InvalidDigest",
        "XAmzContentSHA256Mismatch",
        "XAmzContentChecksumMismatch",
        "InvalidPart",
        "IncompleteBody",
    ]
)
_KEYS = frozenset(["InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthFailure", "NotSignedUp"])
_TOKENS = frozenset(["ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestExpired"])
_REFUSED = frozenset(["AccessDenied", "AllAccessDisabled", "AccountProblem", "Forbidden", "403"])
_ELSEWHERE = frozenset(
    [
        "PermanentRedirect",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "Redirect",
        "TemporaryRedirect",
        "301",
        "307",
    ]
)
_FOR_NOW = frozenset(["TemporaryRedirect", "307"])
_NO_LOCK = frozenset(["ObjectLockConfigurationNotFoundError", "InvalidBucketState"])
_UNABLE = frozenset(
    [
        "NotImplemented",
        "MethodNotAllowed",
        "InvalidRequest",
        "InvalidArgument",
        "MalformedXML",
        "InvalidTag",
        "InvalidStorageClass",
        "EntityTooLarge",
        "EntityTooSmall",
        "KeyTooLongError",
        "InvalidBucketName",
        "501",
        "405",
    ]
)
TELL_OF_BUCKET = _ELSEWHERE | {"NoSuchBucket", "InvalidBucketName", "404"}
"""Codes of answers that know who asks, and not the bucket, or not here."""
_MOST_SKEW = 15 * 60
"""Seconds; S3 refuses what was signed at any other time."""
_PERMISSION = re.compile(r"perform: ((?:s3|kms):[A-Za-z]{1,60})")
_REGION = re.compile(r"[a-z0-9-]{2,40}")
_SECRET = re.compile(r"[A-Za-z0-9+/=_%-]{16,}")


class NotAccepted(Rejected):
    """The server does not accept, or no longer, who asks."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An error answer, with nothing in it that is unsafe to show but the message."""

    code: str
    status: int
    message: str
    headers: Mapping[str, str]
    region: str | None

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Answer:
        """Take what matters out of botocore's parsed answer."""
        error = answer.get("Error", {})
        about = answer.get("ResponseMetadata", {})
        headers = about.get("HTTPHeaders", {})
        region = str(headers.get("x-amz-bucket-region") or error.get("Region") or "")
        return cls(
            code=one_line(str(error.get("Code", "")), 60),
            status=int(about.get("HTTPStatusCode", 0)),
            message=str(error.get("Message", "")),
            headers=headers,
            region=region if _REGION.fullmatch(region) else None,
        )


def fault(answer: Answer, options: S3Options, permission: str, key: str) -> StepError:
    """Return what an error answer means; one that nobody foresaw is tried again."""
    found = (
        _passing(answer, options)
        or _identity(answer, options, permission, key)
        or _place(answer, options, key)
        or _ability(answer, options)
    )
    if found is not None:
        return found
    code = answer.code or answer.status
    return TryAgain(f"{options.server} answers {code} for {options.url(key)}{_said(answer)}")


def _passing(answer: Answer, options: S3Options) -> StepError | None:
    server, code = options.server, answer.code or str(answer.status)
    if code == "RequestTimeTooSkewed" or (code == "403" and _far_off(answer)):
        return TryAgain(_clock(answer, server))
    if code in _BUSY or answer.status in (429, 503):
        return TryAgain(f"{server} is busy ({code}): trying again later")
    if code in _FULL or answer.status == 507:
        return TryAgain(f"{server} is full or over its quota ({code}): make room there")
    if code in _DAMAGED:
        return TryAgain(f"{server} received other bytes than were sent ({code}): sending again")
    if answer.status >= 500 and answer.status != 501:
        hint = f'; can it encrypt with sse = "{options.sse}"?' if options.sse else ""
        return TryAgain(f"{server} failed inside ({code}): trying again later{hint}")
    return None


def _far_off(answer: Answer) -> bool:
    """Whether the clock alone explains a refusal; to HEAD, nothing else tells."""
    return abs(_ahead(answer) or 0) > _MOST_SKEW


def _ahead(answer: Answer) -> float | None:
    """Return the seconds that our clock is ahead of the server's."""
    try:
        return time.time() - parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return None


def _clock(answer: Answer, server: str) -> str:
    off = _ahead(answer)
    if off is None:
        return f"this computer's clock is not the same as that of {server}: set it right"
    where = "ahead of" if off > 0 else "behind"
    return f"this computer's clock is {duration(abs(off))} {where} that of {server}: set it right"


def _identity(answer: Answer, options: S3Options, permission: str, key: str) -> StepError | None:
    code = answer.code
    profile = options.profile
    who = f"the credentials of profile {profile}" if profile else "the credentials that boto3 found"
    if code in _KEYS:
        return NotAccepted(
            f"{options.server} does not accept {who} ({code}): put in the right ones"
        )
    if code in _TOKENS:
        return NotAccepted(f"{who} are no longer valid at {options.server} ({code}): renew them")
    if code == "InvalidObjectState":
        return Rejected(f"{options.url(key)} lies in cold storage: have it restored first")
    if code.startswith("KMS"):
        which = f"KMS key {options.kms_key_id}" if options.kms_key_id else "the bucket's KMS key"
        return Rejected(f"{options.server} cannot use {which} ({code}): check that it is enabled")
    if code in _REFUSED or answer.status == 403:
        named = _PERMISSION.search(answer.message)
        lacking = named[1] if named else permission
        what = f"{lacking} on {options.url(key)}" if lacking else options.url(key)
        return Rejected(
            f"{options.server} denies {what} ({code or 403}): give {who} this permission"
        )
    return None


def _place(answer: Answer, options: S3Options, key: str) -> StepError | None:
    server, code = options.server, answer.code
    if code == "NoSuchBucket":
        return Rejected(f"there is no bucket {options.bucket} at {server}: create it")
    if code in _ELSEWHERE or answer.status in (301, 307):
        used = f", not in {options.region}" if options.region else ""
        if answer.region is None and (code in _FOR_NOW or answer.status == 307):
            return TryAgain(
                f"{server} redirects elsewhere for the moment ({code}), as for a bucket that was "
                "just made: trying again later"
            )
        if answer.region is None:
            return Rejected(f"bucket {options.bucket} is in another region: set region ({code})")
        return Rejected(
            f'bucket {options.bucket} is in {answer.region}{used}: set region = "{answer.region}"'
        )
    if code in ("NoSuchKey", "NoSuchVersion", "NoSuchUpload", "404"):
        return TryAgain(f"{options.url(key)} is not there ({code})")
    return None


def _ability(answer: Answer, options: S3Options) -> StepError | None:
    code = answer.code
    lock = "object lock" in answer.message.lower() or "ObjectLock" in answer.message
    if options.object_lock_mode and (code in _NO_LOCK or lock):
        return Rejected(
            f"bucket {options.bucket} has no Object Lock ({code}): it is switched on when a bucket "
            "is created; leave out object_lock_mode and object_lock_days, or use another bucket"
        )
    if code in _UNABLE or code in _NO_LOCK or answer.status in (405, 501):
        unlocked = options.object_lock_mode and code in ("InvalidRequest", "InvalidArgument")
        hint = "; does the bucket have Object Lock?" if unlocked else ""
        return Rejected(f"{options.server} refuses this request ({code}){_said(answer)}{hint}")
    return None


def _said(answer: Answer) -> str:
    """Return the server's message without what could be a secret."""
    text = _SECRET.sub("…", one_line(answer.message, 400))
    return f": {one_line(text, 200)}" if text else ""
