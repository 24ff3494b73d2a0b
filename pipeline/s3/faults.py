"""What goes wrong between here and an S3 server, as TryAgain or Rejected with one plain line.

Nothing of a library's own words is shown but error codes and, for unknown ones, the server's
message without whatever could be a key, a token or a signature.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pipeline.display import one_line
from pipeline.errors import StepError
from pipeline.s3 import answers, connections
from pipeline.s3.options import S3Options


@contextlib.contextmanager
def translated(options: S3Options, permission: str = "", key: str = "") -> Iterator[None]:
    """Turn what boto3 raises into TryAgain or Rejected; everything else passes.

    `permission` is what the request needs, such as `s3:PutObject`.
    """
    try:
        yield
    except Exception as error:
        fault = fault_of(error, options, permission, key)
        if fault is None:
            raise
        raise fault from None


def fault_of(
    error: BaseException, options: S3Options, permission: str = "", key: str = ""
) -> StepError | None:
    """Return what an exception means, or None where it is not about the server at all."""
    if isinstance(error, StepError):
        return error
    answer = answer_of(error)
    if answer is not None:
        return answers.fault(answers.Answer.read(answer), options, permission, key)
    return connections.fault(error, options)


def answer_of(error: BaseException) -> Mapping[str, Any] | None:
    """Return the server's answer that an exception carries, as botocore parsed it."""
    from botocore.exceptions import ClientError  # slow: loaded already where one is raised

    return cast("Mapping[str, Any]", error.response) if isinstance(error, ClientError) else None


def error_code(error: BaseException) -> str:
    """Return S3's code of an error answer, such as `NoSuchUpload`; empty where there is none.

    An answer to HEAD has no body: its code is the status, such as `404`.
    """
    answer = answer_of(error) or {}
    return one_line(str(answer.get("Error", {}).get("Code", "")), 60)
