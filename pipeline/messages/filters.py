"""The filters that templates have; all that they make is paid for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from jinja2 import Environment, pass_environment, pass_eval_context
from jinja2.filters import FILTERS
from jinja2.nodes import EvalContext

from pipeline.messages.escaping import Exact
from pipeline.messages.spending import Purse

Filter = Callable[..., Any]

# fmt: off
_NAMES: Final = frozenset({
    "abs", "capitalize", "count", "d", "default", "dictsort", "filesizeformat", "first", "float",
    "int", "items", "last", "length", "list", "lower", "map", "max", "min", "reject",
    "rejectattr", "reverse", "select", "selectattr", "sort", "string", "title", "trim", "truncate",
    "unique", "upper",
})
# fmt: on
"""None of them fills up with spaces, and none says that its result needs no escaping."""
_MOST_DIGITS: Final = 100


def filters(purse: Purse) -> Mapping[str, Filter]:
    """Return them by name: Jinja2's own, and some that say first how much they would make."""
    known = {name: FILTERS[name] for name in _NAMES}
    known |= {"exact": _exact, "join": _join(purse), "replace": _replace(purse)}
    known |= {"round": _round, "sum": _sum}
    return {name: _paying(function, purse) for name, function in known.items()}


def _paying(function: Filter, purse: Purse) -> Filter:
    @functools.wraps(function)  # with what it wants to be given first
    def paying(*args: Any, **options: Any) -> Any:
        made = function(*args, **options)
        return purse.paid_one_by_one(made) if isinstance(made, Iterator) else purse.paid(made)

    return paying


def _exact(value: object) -> Exact:
    return Exact(value)


def _join(purse: Purse) -> Filter:
    @pass_eval_context
    def join(
        context: EvalContext, value: Iterable[Any], d: Any = "", attribute: Any = None
    ) -> object:
        parts = list(value)
        purse.spend(len(parts) * len(str(d)))
        return FILTERS["join"](context, purse.paid(parts), d, attribute)

    return join


def _replace(purse: Purse) -> Filter:
    @pass_eval_context
    def replace(
        context: EvalContext, value: object, old: object, new: object, count: int | None = None
    ) -> object:
        purse.spend(str(value).count(str(old)) * len(str(new)))
        return FILTERS["replace"](context, value, old, new, count)

    return replace


def _round(value: float, precision: int = 0, method: str = "common") -> object:
    if abs(precision) > _MOST_DIGITS:
        raise OverflowError(f"it rounds to more than {_MOST_DIGITS} digits")
    return FILTERS["round"](value, precision, method)


@pass_environment
def _sum(environment: Environment, values: Iterable[Any], attribute: Any = None) -> object:
    """Without a first value: a sum of lists takes the square of their number."""
    return FILTERS["sum"](environment, values, attribute)
