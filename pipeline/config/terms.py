"""What a configuration comes to for children, on the machine that runs us."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.config.settings import Settings
from pipeline.confinement import Terms, account_fault, worker_account
from pipeline.plugin import FileStage
from pipeline.registry.probing import Daemon


def terms(settings: Settings) -> Terms:
    """Return what the children are to give up, with the account looked up."""
    return Terms(
        account=worker_account(settings.account),
        limits=settings.limits,
        largest=settings.max_uncompressed_size,
        hidden=tuple(dict.fromkeys(map(os.path.realpath, _hidden(settings)))),
    )


def daemon(settings: Settings) -> Daemon:
    """Return on whose behalf its stages are asked what works elsewhere."""
    return Daemon(state_directory=str(settings.state_directory), terms=terms(settings))


def _hidden(settings: Settings) -> Iterator[str | Path]:
    """Yield what holds secrets, or other dumps and what was made of them."""
    yield settings.state_directory
    if settings.file is not None:
        yield settings.file
    for stage in (*settings.stages, *settings.others):
        if isinstance(stage.plugin, FileStage) and stage.plugin.directory is not None:
            yield stage.plugin.directory


def account_remark(settings: Settings) -> str | None:
    """Say what is missing where root runs us and the children keep root's rights."""
    fault = account_fault(settings.account)
    if fault is None:
        return None
    return (
        f"root: {fault}, so what reads dumps keeps root's rights; run: sudo panicpipe install, or "
        "name another account in [limits] account"
    )
