"""The options that say what a Mac is to do when it panics."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any, TypeVar

import click

from pipeline.bootargs.known import KDUMPD_PORT
from pipeline.bootargs.traps.server import ipv4
from pipeline.bootargs.wish import Wish

F = TypeVar("F", bound=Callable[..., Any])
_DEVICE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,14}")


def _address(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> IPv4Address | None:
    try:
        return None if text is None else ipv4(text)
    except ValueError as fault:
        raise click.BadParameter(f"{text}: {fault}") from None


def _device(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    if text is not None and not _DEVICE.fullmatch(text):
        raise click.BadParameter(f"{text}: not the name of an interface, such as en7")
    return text


_OPTIONS = (
    click.option(
        "--server",
        callback=_address,
        required=True,
        metavar="IP",
        help="The IPv4 address of the Mac that runs kdumpd.",
    ),
    click.option(
        "--interface",
        callback=_device,
        metavar="NAME",
        help="What sends, such as en7. Apple silicon sends nothing without it.",
    ),
    click.option(
        "--router",
        callback=_address,
        metavar="IP",
        help="The Mac's router, where the server is in another subnet.",
    ),
    click.option(
        "--port",
        type=click.IntRange(1, 65535),
        default=KDUMPD_PORT,
        show_default=True,
        help="The server's UDP port.",
    ),
    click.option("--paniclog-only", is_flag=True, help="Send the panic log, and no core."),
    click.option(
        "--reboot", is_flag=True, help="Restart once the core is sent, instead of waiting."
    ),
)


def wish_options(function: F) -> F:
    """Add the options; the function gets them under their names, for `wish`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def wish(options: dict[str, Any]) -> Wish:
    """Return what the options ask for."""
    return Wish(**options)
