"""`panicpipe stages`: what is installed, from where, and what of it is in the chain."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import click

from pipeline.cli import output, tables
from pipeline.cli.options import config_option, json_option
from pipeline.config import chain_only
from pipeline.errors import ConfigError
from pipeline.registry.discovery import Registered, plugin_class, registered


@click.command()
@config_option
@json_option
def stages(config: Path | None, as_json: bool) -> None:
    """List the stages that are installed, and their place in the chain."""
    chain = chain_only(config)
    listed = [_described(plugin, chain) for plugin in registered("stages")]
    if as_json:
        for stage in listed:
            output.print_json(stage)
        return
    headers = ("STAGE", "IN CHAIN", "RUNS IN", "NEEDS", "MAKES", "FROM", "WHAT IT DOES")
    tables.show(headers, [_row(stage) for stage in listed])


def _described(plugin: Registered, chain: tuple[str, ...]) -> dict[str, Any]:
    known = {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "builtin": plugin.builtin,
        "place": chain.index(plugin.name) + 1 if plugin.name in chain else None,
    }
    try:
        cls: Any = plugin_class(plugin)
    except ConfigError as error:
        return {**known, "error": str(error)}
    return {
        **known,
        "summary": (inspect.getdoc(cls) or "").partition("\n")[0],
        "runs_in": cls.runs_in,
        "background": cls.background,
        "remote": cls.remote,
        "needs": sorted(cls.needs),
        "makes": sorted(cls.makes),
    }


def _row(stage: dict[str, Any]) -> tuple[str, ...]:
    return (
        stage["name"],
        "no" if stage["place"] is None else f"step {stage['place']}",
        _where(stage),
        ", ".join(stage.get("needs", ())) or "-",
        ", ".join(stage.get("makes", ())) or "-",
        stage["distribution"],
        stage.get("summary") or stage.get("error", ""),
    )


def _where(stage: dict[str, Any]) -> str:
    """Say with whose rights it runs, and whether it holds up the announcement or local work."""
    apart = [each for each in ("background", "remote") if stage.get(each)]
    return ", ".join([stage.get("runs_in", "?"), *apart])
