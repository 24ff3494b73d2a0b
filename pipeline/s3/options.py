"""Where the archive is and how objects are kept there: the keys of `[stages.upload]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pipeline.display import printable
from pipeline.sizes import parse_size

MiB = 1 << 20
SMALLEST_PART = 5 * MiB
LARGEST_PART = 5 << 30
"""Amazon's limits for a part; its last one may be smaller.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""
_SLOWEST = 10_000
_MOST_PARALLEL = 32
_MOST_TAGS = 10
_LONGEST_LOCK = 36_500
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()/=+@-]{0,256}")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KMS_KEY = re.compile(r"[A-Za-z0-9:/_-]{1,2048}")
_TAG = re.compile(r"[\w .:/=+@-]*")


@dataclass(frozen=True, kw_only=True)
class S3Options:
    """A bucket, how to reach it, and how objects are kept in it.

    Credentials are no keys: boto3 finds them by itself (environment, `~/.aws`, roles).
    """

    bucket: str
    prefix: str = ""
    """What every key begins with, such as `panics/`."""
    endpoint_url: str | None = None
    """An S3 server other than Amazon's, such as `https://minio.example.net:9000`."""
    region: str | None = None
    profile: str | None = None
    """Which profile of boto3's configuration files to use."""
    path_style: bool | None = None
    """`https://server/bucket/key` instead of `https://bucket.server/key`. Left out: for every
    `endpoint_url`, and not for Amazon."""
    ca_bundle: Path | None = None
    """A PEM file with the authorities that may have signed the server's certificate."""
    sse: Literal["AES256", "aws:kms", "aws:kms:dsse"] | None = None
    """Encryption by the server. Left out: what the bucket says."""
    kms_key_id: str | None = None
    storage_class: str | None = None
    """Of the archive files; what is small stays in the bucket's own class, where it can be read."""
    tags: Mapping[str, str] = field(default_factory=dict)
    object_lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] | None = None
    object_lock_days: int | None = None
    bandwidth_limit: int | str | None = None
    """Bytes a second, of all parts together, such as `20 MB`."""
    part_size: int | str = "64 MiB"
    parallel: int = 4
    """How many parts are sent at once."""

    def __post_init__(self) -> None:
        self._check_place()
        self._check_keeping()
        self._check_sending()

    @property
    def root(self) -> str:
        """The prefix as every key begins with it: empty, or with one slash at its end."""
        bare = self.prefix.strip("/")
        return f"{bare}/" if bare else ""

    @property
    def bytes_per_second(self) -> int | None:
        return None if self.bandwidth_limit is None else parse_size(self.bandwidth_limit)

    @property
    def part_bytes(self) -> int:
        return parse_size(self.part_size)

    @property
    def server(self) -> str:
        """The server, for people: host and port, or Amazon."""
        if self.endpoint_url is None:
            return "Amazon S3" + (f" in {self.region}" if self.region else "")
        return urlsplit(self.endpoint_url).netloc

    def url(self, key: str = "") -> str:
        """`s3://bucket/key`, safe to show: in a bucket lies what others put there."""
        return f"s3://{self.bucket}/{printable(key)}"

    def _check_place(self) -> None:
        if not _BUCKET.fullmatch(self.bucket) or _unfit(self.bucket):
            raise ValueError(
                "bucket must be 3 to 63 lower-case letters, digits, dots and hyphens, as S3 has "
                "them, and begin and end with a letter or digit"
            )
        if not _PREFIX.fullmatch(self.prefix) or _steps(self.prefix):
            raise ValueError(
                "prefix must be folders of ASCII letters, digits and !_.*'()=+@-, such as "
                '"panics/", without "." or ".." as a folder'
            )
        if self.endpoint_url is not None:
            _check_endpoint(self.endpoint_url)
        if self.region is not None and not _WORD.fullmatch(self.region):
            raise ValueError('region must be a name like "eu-central-1"')
        if self.profile is not None and not self.profile.strip():
            raise ValueError("profile must be a name; leave it out for the default one")

    def _check_keeping(self) -> None:
        if self.kms_key_id is not None:
            if self.sse not in ("aws:kms", "aws:kms:dsse"):
                raise ValueError('kms_key_id is used only with sse = "aws:kms"')
            if not _KMS_KEY.fullmatch(self.kms_key_id):
                raise ValueError("kms_key_id must be a key's id, its ARN, or an alias")
        if self.storage_class is not None and not _WORD.fullmatch(self.storage_class):
            raise ValueError('storage_class must be a name like "STANDARD_IA"')
        if (self.object_lock_mode is None) != (self.object_lock_days is None):
            raise ValueError("object_lock_mode and object_lock_days must be given together")
        if self.object_lock_days is not None and not 1 <= self.object_lock_days <= _LONGEST_LOCK:
            raise ValueError(f"object_lock_days must be from 1 to {_LONGEST_LOCK}")
        if len(self.tags) > _MOST_TAGS or not all(map(_fit_tag, self.tags.items())):
            raise ValueError(
                f"tags must be at most {_MOST_TAGS}: names of 1 to 128 and values of at most 256 "
                "letters, digits, spaces and _.:/=+@-"
            )

    def _check_sending(self) -> None:
        if not SMALLEST_PART <= _size("part_size", self.part_size) <= LARGEST_PART:
            raise ValueError("part_size must be from 5 MiB to 5 GiB")
        if not 1 <= self.parallel <= _MOST_PARALLEL:
            raise ValueError(f"parallel must be from 1 to {_MOST_PARALLEL}")
        limit = self.bandwidth_limit
        if limit is not None and _size("bandwidth_limit", limit) < _SLOWEST:
            raise ValueError('bandwidth_limit must be at least "10 kB" (a second)')


def _unfit(bucket: str) -> bool:
    return ".." in bucket or _ADDRESS.fullmatch(bucket) is not None


def _steps(prefix: str) -> bool:
    folders = prefix.strip("/").split("/")
    return any(folder in (".", "..") for folder in folders) or "//" in prefix.strip("/")


def _check_endpoint(url: str) -> None:
    split = _split(url)
    if split is None or split.scheme not in ("http", "https") or not split.hostname:
        raise ValueError('endpoint_url must be like "https://minio.example.net:9000"')
    if split.username is not None or split.password is not None:
        raise ValueError("endpoint_url must hold no credentials: they belong in ~/.aws/credentials")
    if split.query or split.fragment:
        raise ValueError("endpoint_url must end after the host, port and path")


def _split(url: str) -> SplitResult | None:
    if any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        split = urlsplit(url)
        _ = split.port  # raises where it is no number
    except ValueError:
        return None
    return split


def _fit_tag(tag: tuple[str, str]) -> bool:
    name, value = tag
    fit = _TAG.fullmatch(name) and _TAG.fullmatch(value)
    return bool(fit) and 1 <= len(name) <= 128 and len(value) <= 256


def _size(key: str, value: int | str) -> int:
    try:
        return parse_size(value)
    except ValueError:
        raise ValueError(f'{key} must be a number of bytes or, for example, "64 MiB"') from None
