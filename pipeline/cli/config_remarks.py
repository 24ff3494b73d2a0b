"""What `panicpipe config` has to say about a configuration that can be read."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator, Sequence

from pipeline.config import Settings
from pipeline.paths import LINUX_ACCOUNT
from pipeline.registry.nesting import secrets_in


def template_faults(settings: Settings) -> Sequence[str]:
    """Say what is wrong with the templates that are configured, a line each."""
    from pipeline.messages import check_templates

    directory = settings.style.templates
    return () if directory is None else check_templates(directory)


def has_secrets(settings: Settings) -> bool:
    """Whether values stand in it that are never shown."""
    plugins = (*settings.sources, *settings.stages, *settings.others, *settings.notifiers)
    return any(any(secrets_in(type(each.plugin), each.config)) for each in plugins)


def remarks(settings: Settings) -> Iterator[str]:
    """Say what is allowed, but hardly meant."""
    from pipeline.config.coverage import unmatched_names, untold

    for remark in (*unmatched_names(settings.rules), *untold(settings.rules)):
        yield f"warning: {remark}"
    if settings.file and has_secrets(settings):
        readers = _other_readers(os.stat(settings.file))
        if readers:
            yield (
                f"warning: {settings.file} holds secrets and {readers} can read it; "
                f"run: chmod go-r '{settings.file}'"
            )


def _other_readers(file: os.stat_result) -> str | None:
    """Say who else can read it; a group of root's, or of its owner alone, is nobody else."""
    if file.st_mode & stat.S_IROTH:
        return "everybody"
    if not file.st_mode & stat.S_IRGRP or file.st_gid == 0:
        return None
    try:
        group = grp.getgrgid(file.st_gid).gr_name
        alone = group in (LINUX_ACCOUNT, pwd.getpwuid(file.st_uid).pw_name)
    except KeyError:
        return f"group {file.st_gid}"
    return None if alone else f"group {group}"
