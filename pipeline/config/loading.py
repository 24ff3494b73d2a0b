"""Validates a configuration that was read and makes its plugins; every fault is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.config import chain, routing, values
from pipeline.config.location import Text
from pipeline.config.settings import Settings
from pipeline.config.tables import Document
from pipeline.confinement import Limits, default_name
from pipeline.errors import ConfigError
from pipeline.messages import Style
from pipeline.owing import Rule
from pipeline.paths import Host, absolute
from pipeline.plugin import Notifier, Stage
from pipeline.registry import discovery
from pipeline.registry.discovery import Built, Kind, origin
from pipeline.registry.validation import Problem, Refused, validated
from pipeline.registry.wording import dotted, shown

_CHAIN = ("pipeline", "stages")
_ROUTE_NAME = re.compile(r"\w[\w .-]{0,63}")


def settings(text: Text, host: Host) -> Settings:
    """Return what the configuration says, or raise ConfigError with all that is wrong in it."""
    return _Reading(text, host).settings()


@dataclass(frozen=True)
class _Reading:
    text: Text
    host: Host
    faults: list[str] = field(default_factory=list)

    def settings(self) -> Settings:
        document = self._document()
        state_directory = self._state_directory()
        sources = self._sources()
        stages, others = self._stages(state_directory)
        templates = self._templates(document.alerts.templates)
        notifiers = self._notifiers(document.hosts)
        if self.faults or state_directory is None:
            raise ConfigError("\n".join(dict.fromkeys(self.faults)))
        own, listener = document.pipeline, document.server.expect_listener
        limits = document.limits
        return Settings(
            file=self.text.file,
            state_directory=state_directory,
            max_uncompressed_size=document.inspect.max_uncompressed_size,
            transfers=own.transfers,
            workers=own.workers,
            uploads=own.uploads,
            account=limits.account or default_name(self.host.platform),
            limits=Limits(
                memory=limits.memory, cpu_hours=limits.cpu_hours, step_hours=limits.step_hours
            ),
            warn_below=document.space.warn_below,
            scan_seconds=own.scan_seconds,
            retry_first_seconds=own.retry_first_seconds,
            retry_longest_seconds=own.retry_longest_seconds,
            sources=tuple(sources),
            stages=tuple(stages),
            others=tuple(others),
            notifiers=tuple(notifier for notifier, _ in notifiers),
            rules={notifier.name: rule for notifier, rule in notifiers},
            style=Style(hosts=document.hosts, dns=document.alerts.dns, templates=templates),
            heartbeat_seconds=document.alerts.heartbeat_days * values.DAY,
            expect_listener=self.host.mac if listener is None else listener,
            server_port=document.server.port,
        )

    @contextmanager
    def _told(self, key: Sequence[str] = ()) -> Iterator[None]:
        """Note what is wrong and go on, so that all of it is told at once.

        With a key, the error is one that does not say yet where it was found.
        """
        try:
            yield
        except ConfigError as error:
            if key:
                self._fault(key, str(error))
            else:
                self.faults.extend(str(error).splitlines())

    def _fault(self, key: Sequence[str], text: str) -> None:
        self.faults.append(f"{origin(self.text.file)}: {dotted(key)}: {text}")

    def _state_directory(self) -> Path | None:
        with self._told():
            return values.state_directory(self.text, self.host)
        return None

    def _document(self) -> Document:
        try:
            return validated(Document, _without_notifiers(self.text.table))
        except Refused as refusal:
            self.faults.extend(refusal.lines(origin(self.text.file), ""))
            return Document()

    def _tables(self, key: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables below `key`; whatever else is there, the Document has refused."""
        found = self.text.table.get(key)
        tables = found.items() if isinstance(found, Mapping) else ()
        return {name: table for name, table in tables if isinstance(table, Mapping)}

    def _build(
        self,
        kind: Kind,
        use: str,
        key: tuple[str, str],
        table: Mapping[str, Any],
        state_directory: Path | None = None,
    ) -> list[Built[Any]]:
        """Make one plugin; none where it is at fault."""
        with self._told():
            return [
                discovery.build(
                    kind,
                    use,
                    key[1],
                    table,
                    dotted(key),
                    self.text.file,
                    host=self.host,
                    state_directory=state_directory,
                )
            ]
        return []

    def _sources(self) -> list[Built[Any]]:
        tables = self._tables("source") or {values.DEFAULT_SOURCE: {}}
        return [
            source
            for name, table in tables.items()
            for source in self._build("sources", name, ("source", name), table)
        ]

    def _templates(self, value: str | None) -> str | None:
        try:
            return None if value is None else str(absolute(Path(value), self.host))
        except ValueError as error:
            text = f"{shown(value)} is not allowed: it must be {error}"
            self._fault(("alerts", "templates"), text)
            return None

    def _notifiers(self, names: Mapping[str, str]) -> list[tuple[Built[Notifier], Rule]]:
        return [
            notifier
            for name, table in self._tables("notifiers").items()
            for notifier in self._notifier(("notifiers", name), table, names)
        ]

    def _notifier(
        self, key: tuple[str, str], table: Mapping[str, Any], names: Mapping[str, str]
    ) -> list[tuple[Built[Notifier], Rule]]:
        """Make one notifier and its rule; none where either is at fault."""
        use = table.get("use")
        if not _ROUTE_NAME.fullmatch(key[1]):
            self._fault(key, "this name is not allowed; use up to 64 letters, digits, -, _, .")
        elif not isinstance(use, str):
            with self._told(key):
                known = " or ".join(shown(each.name) for each in discovery.registered("notifiers"))
                self._fault((*key, "use"), f"is missing or not text; it must be {known}")
        else:
            with self._told(key):
                cls = discovery.plugin_class(discovery.find("notifiers", use))
                parts = routing.parted(cls, table)
                self._refuse(key, parts.problems)
                built = self._build("notifiers", use, key, parts.own)
                return list(zip(built, self._rule(key, parts.ruling, names), strict=False))
        return []

    def _rule(
        self, key: tuple[str, str], ruling: Mapping[str, Any], names: Mapping[str, str]
    ) -> list[Rule]:
        try:
            return [routing.rule(ruling, names)]
        except Refused as refusal:
            self._refuse(key, refusal.problems)
            return []

    def _refuse(self, key: tuple[str, str], problems: Sequence[Problem]) -> None:
        self.faults.extend(Refused(problems).lines(origin(self.text.file), dotted(key)))

    def _stages(
        self, state_directory: Path | None
    ) -> tuple[list[Built[Stage]], list[Built[Stage]]]:
        """Make the chain's stages, and those that are configured without being in it."""
        names = self._chain()
        tables = self._tables("stages")
        others = [name for name in tables if name not in names]
        built: dict[str, list[Built[Stage]]] = {
            name: self._build(
                "stages", name, ("stages", name), tables.get(name, {}), state_directory
            )
            for name in (*names, *others)
        }
        found = [stage for name in names for stage in built[name]]
        beside = [stage for name in others for stage in built[name]]
        if len(found) == len(names):
            for fault in (*chain.unmet_needs(found), *chain.objections(found, beside)):
                self._fault(_CHAIN, fault)
        return found, beside

    def _chain(self) -> list[str]:
        """Return the names of the chain's stages that are registered, each once."""
        names = values.stages(self.text)
        if not names:
            self._fault(_CHAIN, "an empty list is not allowed; name at least one stage")
        for fault in chain.repeated(names):
            self._fault(_CHAIN, fault)
        known = []
        for name in dict.fromkeys(names):
            with self._told(_CHAIN):
                known.append(discovery.find("stages", name).name)
        return known


def _without_notifiers(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """Empty the notifiers' tables: all in them counts as secret and would be cut from errors."""
    found = table.get("notifiers")
    if not isinstance(found, Mapping):
        return table
    emptied = {name: {} if isinstance(each, Mapping) else each for name, each in found.items()}
    return {**table, "notifiers": emptied}
