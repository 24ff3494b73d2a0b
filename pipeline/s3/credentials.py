"""How credentials are looked up, and why there are none that could be used."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

from pipeline.display import one_line
from pipeline.errors import Rejected, StepError, TryAgain
from pipeline.s3 import credential_process
from pipeline.s3.options import S3Options

if TYPE_CHECKING:
    from boto3 import Session

_NONE = frozenset({"NoCredentialsError", "NoAuthTokenError"})
_INVALID = frozenset({"InvalidConfigError", "InfiniteLoopConfigError"})
_LOGIN = frozenset(
    [
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
        "SSOTokenLoadError",
        "SSOError",
        "PendingAuthorizationExpiredError",
        "LoginRefreshRequired",
        "LoginTokenLoadError",
        "RefreshWithMFAUnsupportedError",
    ]
)
_USELESS = frozenset({"ConfigNotFound", "UnknownCredentialError"})
_NOT_FETCHED = frozenset({"CredentialRetrievalError", "MetadataRetrievalError"})


class Unauthorised(Rejected):
    """There are no credentials that could be used."""


def look_up(options: S3Options, session: Session) -> bool:
    """Find the credentials, by a program or another server where boto3's files say so.

    They are kept in the session. Returns whether there are any; raises Unauthorised or TryAgain
    where what was found cannot be used.
    """
    try:
        found = session.get_credentials()
        if found is None:
            return False
        frozen = found.get_frozen_credentials()
    except Exception as error:
        raise _not_looked_up(error, options) from None
    if not (frozen.access_key and frozen.secret_key):
        raise Unauthorised(f"{_whose(options)} are empty: put in both keys, in {_home()}/.aws")
    return True


def fault(error: BaseException, options: S3Options) -> StepError | None:
    """Return what botocore's exceptions about credentials and its files mean; None for others."""
    kind, details = type(error).__name__, getattr(error, "kwargs", {})
    return (
        _missing(kind, details, options) or _unfit(error, details, options) or _late(error, options)
    )


def _missing(kind: str, details: dict[str, Any], options: S3Options) -> StepError | None:
    home = _home()
    if kind in _NONE:
        return Unauthorised(
            f"no credentials for {options.server}: boto3 found none in its environment, in "
            f"{home}/.aws or from a role; a daemon sees only those of its own user"
        )
    if kind == "ProfileNotFound":
        profile = one_line(str(details.get("profile") or options.profile), 100)
        key = "AWS_PROFILE" if options.profile is None else "profile"
        return Rejected(f"there is no profile {profile} in {home}/.aws: check {key}")
    if kind == "PartialCredentialsError":
        missing = one_line(str(details.get("cred_var")), 100)
        return Unauthorised(f"{_whose(options)} are incomplete: {missing} is missing: put it in")
    if kind == "NoRegionError":
        return Rejected("no region is known: set region")
    if kind == "InvalidRegionError":
        region = one_line(str(details.get("region_name")), 60)
        return Rejected(f"boto3's files or its environment name a region {region!r}: set region")
    return None


def _unfit(error: BaseException, details: dict[str, Any], options: S3Options) -> StepError | None:
    kind = type(error).__name__
    if kind == "ConfigParseError":
        return Unauthorised(f"{_place(details)} is not in the form of boto3's files: mend it")
    if kind in _INVALID:  # names of profiles and keys, in botocore's words
        return Unauthorised(f"{_home()}/.aws is not right: {one_line(str(error), 200)}")
    if kind in _LOGIN:
        return Unauthorised(
            f"{_whose(options)} need somebody who logs in ({kind}): do that, as with `aws sso "
            "login`, or use others; a daemon has nobody to ask"
        )
    if kind in _USELESS:
        return Unauthorised(f"boto3 cannot use the credentials that it found ({kind}): renew them")
    return None


def _late(error: BaseException, options: S3Options) -> StepError | None:
    kind, by = type(error).__name__, getattr(error, "kwargs", {}).get("provider")
    if isinstance(error, PermissionError) and error.errno == errno.EPERM:  # a program is needed
        return TryAgain("the credentials have run out: they are fetched anew at the next try")
    if kind in _NOT_FETCHED and by == credential_process.METHOD:
        return TryAgain(
            f"the credential_process of {_profile(options)} failed: run it by hand, as the user "
            "who runs this, to see why"
        )
    if kind in _NOT_FETCHED:
        return TryAgain(
            f"boto3 could not fetch credentials ({one_line(str(by or kind), 100)}): trying again "
            "later"
        )
    return None


def _not_looked_up(error: Exception, options: S3Options) -> StepError:
    """Return why nothing was found; whoever failed, it was not the S3 server."""
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, StepError):
        return error
    if not isinstance(error, PermissionError) and (known := fault(error, options)):
        return known
    if isinstance(error, ClientError):
        about = error.response.get("Error", {})
        code = one_line(str(about.get("Code") or "no code"), 60)
        text = f"Amazon gives {_profile(options)} no credentials ({error.operation_name}: {code})"
        if int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= 500:
            return TryAgain(f"{text}: trying again later")
        return Unauthorised(f"{text}: check the role and who may take it on")
    if isinstance(error, BotoCoreError):
        return TryAgain(
            f"the server that gives {_profile(options)} its credentials cannot be reached "
            f"({type(error).__name__}): check the network"
        )
    if isinstance(error, OSError) and error.filename:
        name = one_line(str(error.filename), 200)
        return TryAgain(
            f"the credential_process of {_profile(options)} cannot be started: {name}: "
            f"{error.strerror}: give its full path"
        )
    return TryAgain(
        f"the credentials of {_profile(options)} cannot be read ({type(error).__name__}): check "
        f"{_home()}/.aws, and what a credential_process there prints"
    )


def _place(details: dict[str, Any]) -> str:
    """Return the file that could not be read, and where; never what stands there."""
    path, error = one_line(str(details.get("path")), 200), details.get("error")
    several = getattr(error, "errors", None)
    line = several[0][0] if several else getattr(error, "lineno", None)
    return f"{path}, line {line}," if isinstance(line, int) else path


def _whose(options: S3Options) -> str:
    return f"the credentials of profile {options.profile}" if options.profile else "the credentials"


def _profile(options: S3Options) -> str:
    named = options.profile or one_line(os.environ.get("AWS_PROFILE", ""), 100)
    return f"profile {named}" if named else "the default profile"


def _home() -> str:
    return os.path.expanduser("~")
