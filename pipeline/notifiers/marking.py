"""What programs behind a service need: values, and a key that tells a repetition from news."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import Any

from pipeline import Message
from pipeline.notifiers import mail
from pipeline.notifiers.schemes import schemes

_WEBHOOKS = frozenset({"json", "xml", "form"})
_IDEMPOTENCY = "Idempotency-Key"


def mark(service: Any, message: Message) -> None:
    """Give apprise's object for a URL what is known besides the text; the URL's own comes first."""
    names = schemes(service)
    if names & _WEBHOOKS:
        _add_missing(service.headers, {_IDEMPOTENCY: message.key})
        _add_missing(service.payload_extras, _values(message, as_text="json" not in names))
        service.xsd_url = None  # of xml: its schema knows none of these values
    elif "mailto" in names:
        _add_missing(service.headers, mail.headers())
    elif "pagerduty" in names and service.action == "trigger":
        service.dedup = service.dedup or message.key
    elif "opsgenie" in names:
        service.alias = service.alias or message.key
        service.mapping = dict.fromkeys(service.mapping, "new") | _mapped_by_url(service)


def _add_missing(to: MutableMapping[str, Any], values: dict[str, Any]) -> None:
    known = {key.lower() for key in to}
    to.update({key: value for key, value in values.items() if key.lower() not in known})


def _mapped_by_url(service: Any) -> dict[Any, str]:
    """Return what a URL asks of Opsgenie; apprise itself has it send no good news at all."""
    usual = service.opsgenie_message_map
    return {kind: action for kind, action in service.mapping.items() if action != usual[kind]}


def _values(message: Message, as_text: bool) -> dict[str, Any]:
    alert, facts = message.alert, dict(message.alert.facts)
    text = json.dumps(facts, sort_keys=True)  # in ASCII: a dump may say what no XML can
    return {
        "event": alert.event,
        "severity": str(alert.severity),
        "key": message.key,
        "facts": text if as_text else facts,
    }
