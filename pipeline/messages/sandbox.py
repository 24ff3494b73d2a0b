"""The language of templates: Jinja2 without what runs on for ever or counts as escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pipeline.messages.escaping import Exact

_MOST_ROUNDS = 20_000
"""Of all loops of a template together, whichever stands inside which."""
_LONGEST_RANGE = 1_000

# fmt: off
_FILTERS: Final = frozenset({
    "abs", "capitalize", "count", "d", "default", "dictsort", "filesizeformat", "first", "float",
    "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject",
    "rejectattr", "replace", "reverse", "round", "select", "selectattr", "sort", "string", "sum",
    "title", "trim", "truncate", "unique", "upper",
})
"""None of them fills up with spaces, and none says that its result needs no escaping."""
_STRING_METHODS: Final = frozenset({
    "capitalize", "count", "endswith", "find", "isdigit", "join", "lower", "lstrip", "partition",
    "removeprefix", "removesuffix", "rpartition", "rsplit", "rstrip", "split", "startswith",
    "strip", "title", "upper",
})
# fmt: on
_REFUSED: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.AssignBlock: "set … endset",
    nodes.Block: "block",
    nodes.Extends: "extends",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
    nodes.ScopedEvalContextModifier: "autoescape",
}
"""What these make is text that is escaped already, or not, and nobody could tell."""


class Environment(ImmutableSandboxedEnvironment):
    """What the templates of one format are compiled in."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, escape: Callable[[object], str]) -> None:
        # Not autoescape: that is for HTML, and takes what a filter marks as safe for escaped.
        super().__init__(
            undefined=StrictUndefined, finalize=escape, trim_blocks=True, lstrip_blocks=True
        )
        self.filters = {name: self.filters[name] for name in _FILTERS} | {"exact": _exact}
        self.globals = {"range": _range}
        self.rounds = 0

    def tick(self) -> None:
        """Count one round of a loop."""
        self.rounds += 1
        if self.rounds > _MOST_ROUNDS:
            raise OverflowError(f"its loops take more than {_MOST_ROUNDS} rounds")

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(tuple(_REFUSED)):
            said = f"{{% {_REFUSED[type(node)]} %}} cannot be used here"
            raise TemplateSyntaxError(said, node.lineno, name, filename)
        for loop in tree.find_all(nodes.For):
            call = nodes.Call(nodes.EnvironmentAttribute("tick"), [], [], None, None)
            loop.body.insert(0, nodes.ExprStmt(call).set_lineno(loop.lineno, override=True))
        return tree

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str) and attr not in _STRING_METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """Leave `format` to `is_safe_attribute`, which refuses it."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if not numbers or operator == "**":
            raise SecurityError(f"the operator {operator} is for numbers only, and ** for none")
        return super().call_binop(context, operator, left, right)


def _exact(value: object) -> Exact:
    return Exact(value)


def _range(*bounds: int) -> range:
    wanted = range(*bounds)
    if len(wanted) > _LONGEST_RANGE:
        raise OverflowError(f"a range has {_LONGEST_RANGE} numbers at most")
    return wanted
