"""`panicpipe config`: which configuration holds, whether it can be used, and what it says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from pipeline.cli import output
from pipeline.cli.config_remarks import has_secrets, remarks, template_faults
from pipeline.cli.directories import Outlook, outlook
from pipeline.cli.options import config_option, json_option
from pipeline.config import Settings, load
from pipeline.errors import ExitCode
from pipeline.machine.acting import acting_as_owner
from pipeline.paths import CONFIGURATION_VARIABLE, configurations, here, named_configuration
from pipeline.plugin import FileStage, Probe
from pipeline.registry.discovery import Built

Row = tuple[str, str]


@click.group()
def config() -> None:
    """Check and show the configuration."""


@config.command()
@config_option
def path(config: Path | None) -> None:
    """Print which configuration file is used."""
    named = named_configuration(config)
    places = (named,) if named else configurations(here())
    used = next((place for place in places if os.path.lexists(place)), None)
    if used:
        click.echo(os.fsencode(used))
        return
    output.error(f"there is no configuration file, so the defaults hold; {_looked_for()}")


@config.command()
@config_option
@json_option
def show(config: Path | None, as_json: bool) -> None:
    """Print the configuration in effect as TOML, defaults included, secrets hidden."""
    from pipeline.config.rendering import effective, toml

    settings = load(config)
    shown = effective(settings)
    if as_json:
        output.print_json({"file": settings.file and str(settings.file), **shown})
        return
    output.say(f"# {_origin(settings)}")
    if has_secrets(settings):
        output.say("# Secrets are hidden, so this cannot be used as a configuration file.")
    click.echo(toml(shown), nl=False)


@config.command()
@click.option("--online", is_flag=True, help="Also try out what the chain needs of other machines.")
@config_option
def check(online: bool, config: Path | None) -> int:
    """Say whether the configuration can be used, and what it comes to.

    Exit code 0 when the daemon could start with it as this user, and all that was tried out works;
    6 when not.
    """
    from pipeline.alerts.routes import check as check_notifiers

    settings = load(config)
    with acting_as_owner(settings.state_directory):  # it is the daemon that must get along
        check_notifiers(settings.notifiers, settings.file)
        rows = list(_rows(settings))
        faults = [state.text for _, state in _directories(settings) if not state.usable]
        faults += template_faults(settings)
    output.fields(rows)
    for fault in faults:
        output.error(fault)
    for remark in remarks(settings):
        output.error(remark)
    works = not online or _try_out(settings)
    if faults or not works:
        return ExitCode.CONFIGURATION
    output.say("The configuration can be used.", "green")
    return ExitCode.OK


def _try_out(settings: Settings) -> bool:
    """Print what works of what the chain needs elsewhere, and what does not; False for the last."""
    from pipeline.config.terms import daemon
    from pipeline.registry.probing import has_probes, probe

    output.say()
    asked = [stage for stage in settings.stages if has_probes(stage.plugin)]
    if not asked:
        output.say("No stage of the chain has anything to try out elsewhere.")
    works = True
    for stage in asked:
        for tried in probe(stage, daemon=daemon(settings)):
            works = works and tried.fault is None
            _tell(tried)
    return works


def _tell(tried: Probe) -> None:
    if tried.fault is None:
        output.say(f"ok    {tried.what}", "green")
    else:
        output.say(f"FAIL  {tried.what}: {tried.fault}", "red")


def _rows(settings: Settings) -> Iterator[Row]:
    yield "Configuration", _origin(settings)
    yield from (("Source", f"{each.name}: {_options(each)}") for each in settings.sources)
    for number, stage in enumerate(settings.stages, 1):
        yield f"Stage {number}", f"{stage.name}: {_options(stage)}"
    if settings.others:
        yield "Not in the chain", ", ".join(each.name for each in settings.others)
    trusted = [each.name for each in settings.stages if each.plugin.runs_in == "daemon"]
    trusted += [each.name for each in settings.notifiers if each.plugin.runs_in == "daemon"]
    yield "With the daemon's rights", ", ".join(trusted) or "no stage"
    yield "Others run as", _account(settings)
    for owner, state in _directories(settings):
        yield f"Directory of {owner}", state.text
    yield from _telling(settings)


def _account(settings: Settings) -> str:
    from pipeline.config.terms import account_remark, terms

    account = terms(settings).account
    return account.name if account else account_remark(settings) or "whoever runs panicpipe"


def _telling(settings: Settings) -> Iterator[Row]:
    from pipeline.config.rendering import effective, inline, shown_rule

    for route in settings.notifiers:
        yield "Notifier", f"{route.name}: {route.use}, {_options(route)}"
        yield f"Alerts to {route.name}", inline(shown_rule(settings.rules[route.name]))
    if not settings.notifiers:
        yield "Notifier", "none: outcomes are only logged"
    shown = effective(settings)
    yield "Alerts", inline(shown["alerts"])
    yield "Dump server", inline(shown["server"])


def _origin(settings: Settings) -> str:
    return str(settings.file) if settings.file else f"all defaults; {_looked_for()}"


def _looked_for() -> str:
    places = ", ".join(str(place) for place in configurations(here()))
    return f"looked for: {places} (or name one with --config or ${CONFIGURATION_VARIABLE})"


def _options(built: Built[Any]) -> str:
    from pipeline.config.rendering import inline, shown_config

    return inline(shown_config(built)) or "no options"


def _directories(settings: Settings) -> Iterator[tuple[str, Outlook]]:
    yield "the journal", outlook(settings.state_directory)
    for stage in settings.stages:
        if isinstance(stage.plugin, FileStage) and stage.plugin.directory:
            yield stage.name, outlook(stage.plugin.directory)
