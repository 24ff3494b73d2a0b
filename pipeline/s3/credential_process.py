"""A program that prints credentials, where boto3's files name one, and how long it may take."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, cast

from pipeline.display import duration
from pipeline.errors import TryAgain

if TYPE_CHECKING:
    from botocore.credentials import CredentialResolver
    from botocore.session import Session

METHOD = "custom-process"
"""What botocore calls it."""
_SECONDS = 45.0
"""Less than `config check --online` waits for a stage; enough for somebody to type a PIN."""


def limit(session: Session) -> None:
    """Have botocore, which waits for ever, wait for a bounded time."""
    from botocore.credentials import ProcessProvider

    chain = cast("CredentialResolver", session.get_component("credential_provider"))
    chain.providers = [
        ProcessProvider(
            profile_name=session.get_config_variable("profile") or "default",
            load_config=lambda: session.full_config,
            popen=_Limited,
        )
        if provider.METHOD == METHOD
        else provider
        for provider in chain.providers
    ]


class _Limited(subprocess.Popen[bytes]):
    """Is ended when it does not come back."""

    def communicate(
        self,
        input: bytes | None = None,  # noqa: A002 - the name in the standard library
        timeout: float | None = None,
    ) -> tuple[bytes, bytes]:
        try:
            return super().communicate(input, timeout or _SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait()
            for pipe in (self.stdout, self.stderr):  # whom it has started may hold the other ends
                if pipe is not None:
                    pipe.close()
            raise TryAgain(
                f"the credential_process did not end within {duration(_SECONDS)} and was stopped: "
                "run it by hand, as the user who runs this, to see what it waits for"
            ) from None
