"""Links by which anybody gets one object for a while: whoever has such a link needs no credentials.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.s3.faults import translated
from pipeline.s3.objects import Bucket

if TYPE_CHECKING:
    from boto3 import Session

MOST_HOURS = 168
"""S3 honours no signature for longer than 7 days."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link to one object, to be kept secret like a password."""

    url: str = field(repr=False)
    until: int
    """When it ends, in seconds since 1970."""


def presign(bucket: Bucket, key: str, hours: float) -> Link:
    """Return a link to an object, which ends with the credentials that sign it if they end first.

    Nothing is asked of the server, but credentials may be fetched anew.
    """
    seconds = max(int(hours * 3600), 1)  # servers refuse a link that lasts no time at all
    with translated(bucket.options, "s3:GetObject", key):
        ends = _end_of_credentials(bucket.session)
        until = int(time.time()) + seconds
        url = bucket.client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket.name, "Key": key}, ExpiresIn=seconds
        )
    return Link(url=url, until=until if ends is None else min(until, ends))


def _end_of_credentials(session: Session) -> int | None:
    """Return when the client's credentials end; None for lasting ones, and where nobody knows.

    Those that are about to end are renewed first.
    """
    credentials = session.get_credentials()
    if credentials is None:
        return None
    credentials.get_frozen_credentials()
    # boto3 has no public name for it.
    ends: datetime | None = getattr(credentials, "_expiry_time", None)
    return None if ends is None else int(ends.timestamp())
