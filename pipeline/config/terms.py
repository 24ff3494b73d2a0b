"""What a configuration comes to for children, on the machine that runs us."""

from __future__ import annotations

import os

from pipeline.config.settings import Settings
from pipeline.confinement import Terms, account_fault, worker_account


def terms(settings: Settings) -> Terms:
    """Return what the children are to give up, with the account looked up."""
    return Terms(
        account=worker_account(settings.account),
        limits=settings.limits,
        largest=settings.max_uncompressed_size,
        hidden=(os.path.realpath(settings.state_directory),),
    )


def account_remark(settings: Settings) -> str | None:
    """Say what is missing where root runs us and the children keep root's rights."""
    fault = account_fault(settings.account)
    if fault is None:
        return None
    return (
        f"root: {fault}, so what reads dumps keeps root's rights; run: sudo panicpipe install, or "
        "name another account in [limits] account"
    )
