"""What `[stages.upload]` may say, refused in words that name the key and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.s3.options import S3Options


def made(**given: Any) -> S3Options:
    return S3Options(**{"bucket": "panics", **given})


@pytest.mark.parametrize(
    "given",
    [
        {"bucket": "ab"},
        {"bucket": "Panics"},
        {"bucket": "a..b"},
        {"bucket": "-panics"},
        {"bucket": "192.168.0.1"},
        {"bucket": "a/b"},
        {"prefix": "../up"},
        {"prefix": "a//b"},
        {"prefix": "a\nb"},
        {"prefix": "ä"},
        {"prefix": "a" * 257},
        {"endpoint_url": "minio.example.net"},
        {"endpoint_url": "ftp://minio.example.net"},
        {"endpoint_url": "https://"},
        {"endpoint_url": "https://user:secret@minio.example.net"},
        {"endpoint_url": "https://minio.example.net?x=y"},
        {"endpoint_url": "https://minio.example.net#x"},
        {"endpoint_url": "https://minio.example.net:port"},
        {"endpoint_url": "https://minio\n.example.net"},
        {"region": "eu central"},
        {"profile": " "},
        {"kms_key_id": "alias/x"},
        {"kms_key_id": "alias/x", "sse": "AES256"},
        {"kms_key_id": "x y", "sse": "aws:kms"},
        {"storage_class": "COLD CLASS"},
        {"object_lock_mode": "GOVERNANCE"},
        {"object_lock_days": 3},
        {"object_lock_days": 0, "object_lock_mode": "GOVERNANCE"},
        {"object_lock_days": 36_501, "object_lock_mode": "GOVERNANCE"},
        {"tags": {"": "x"}},
        {"tags": {"a": "<"}},
        {"tags": {"a": "x" * 257}},
        {"tags": {f"t{number}": "x" for number in range(11)}},
        {"part_size": "4 MiB"},
        {"part_size": "6 GiB"},
        {"part_size": "many"},
        {"parallel": 0},
        {"parallel": 33},
        {"bandwidth_limit": "1 kB"},
        {"bandwidth_limit": "fast"},
    ],
)
def test_what_cannot_be_is_refused_under_its_key(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|used only") as caught:
        made(**given)
    assert str(caught.value).split()[0] in S3Options.__dataclass_fields__
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("prefix", "root"),
    [("", ""), ("/", ""), ("a", "a/"), ("a/", "a/"), ("/a/b/", "a/b/"), ("a.b/c=d", "a.b/c=d/")],
)
def test_every_key_begins_with_the_prefix_and_one_slash(prefix: str, root: str) -> None:
    assert made(prefix=prefix).root == root


def test_sizes_are_written_as_everywhere() -> None:
    options = made(part_size="8 MiB", bandwidth_limit="20 MB")
    assert (options.part_bytes, options.bytes_per_second) == (8 << 20, 20_000_000)
    assert made().bytes_per_second is None
    assert made(part_size=6_000_000).part_bytes == 6_000_000


def test_whatever_may_be_said_together_may_be_said() -> None:
    made(
        prefix="a/b",
        endpoint_url="http://[::1]:9000/path",
        region="eu-central-1",
        profile="archive",
        sse="aws:kms",
        kms_key_id="arn:aws:kms:eu-central-1:111122223333:key/1234abcd",
        storage_class="GLACIER_IR",
        tags={"cost centre": "a=b"},
        object_lock_mode="COMPLIANCE",
        object_lock_days=36500,
        bandwidth_limit=10_000,
    )


def test_a_key_that_others_made_is_shown_escaped() -> None:
    assert made().url("a/\x1b[2J\u202e") == "s3://panics/a/\\x1b[2J\\u202e"
