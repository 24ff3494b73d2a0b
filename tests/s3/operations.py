"""Which S3 operation a request is."""

from __future__ import annotations

from collections.abc import Mapping

_OF_OBJECTS = {
    "GET": "GetObject",
    "HEAD": "HeadObject",
    "PUT": "PutObject",
    "DELETE": "DeleteObject",
}
_OF_BUCKETS = {
    "GET": "ListObjects",
    "HEAD": "HeadBucket",
    "PUT": "CreateBucket",
    "DELETE": "DeleteBucket",
}
_OF_UPLOADS = {
    "GET": "ListParts",
    "PUT": "UploadPart",
    "POST": "CompleteMultipartUpload",
    "DELETE": "AbortMultipartUpload",
}


def operation(method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return S3's name of the operation; `METHOD ?key` for one that nobody here asks for."""
    if not path.strip("/"):
        return "ListBuckets" if method == "GET" else f"{method} /"
    _, _, key = path.lstrip("/").partition("/")
    named = _of_object(method, query, headers) if key else _of_bucket(method, query)
    return named or f"{method} ?{'&'.join(query)}"


def _of_object(method: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    if "uploads" in query:
        return "CreateMultipartUpload"
    if "uploadId" in query:
        return _OF_UPLOADS.get(method)
    if "tagging" in query:
        return f"{method.capitalize()}ObjectTagging"
    if "x-amz-copy-source" in headers:
        return "CopyObject"
    return _OF_OBJECTS.get(method)


def _of_bucket(method: str, query: Mapping[str, str]) -> str | None:
    if "uploads" in query:
        return "ListMultipartUploads"
    if "list-type" in query:
        return "ListObjectsV2"
    if "delete" in query:
        return "DeleteObjects"
    if "location" in query:
        return "GetBucketLocation"
    return _OF_BUCKETS.get(method)
