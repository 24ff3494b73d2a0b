"""The language of templates: Jinja2 without what runs on for ever or counts as escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from pipeline.messages.filters import filters
from pipeline.messages.spending import Purse

_MOST_ROUNDS = 20_000
"""Of all loops of a template together, whichever stands inside which."""
_LONGEST_RANGE = 1_000
_FOR_NUMBERS = frozenset({"*", "**", "%"})

# fmt: off
_STRING_METHODS: Final = frozenset({
    "capitalize", "count", "endswith", "find", "isdigit", "lower", "lstrip", "partition",
    "removeprefix", "removesuffix", "rpartition", "rsplit", "rstrip", "split", "startswith",
    "strip", "title", "upper",
})
# fmt: on
"""Not `join` and `replace`: the filters of that name are told how much they may make."""
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

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, escape: Callable[[object], str]) -> None:
        self._purse = purse = Purse()
        # Not autoescape: that is for HTML, and takes what a filter marks as safe for escaped.
        super().__init__(
            undefined=StrictUndefined,
            finalize=lambda value: escape(purse.paid(value)),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.filters = dict(filters(purse))
        self.globals = {"range": _range}
        self.begin()

    def begin(self) -> None:
        """Count afresh, for another message."""
        self._purse.fill()
        self._rounds = 0

    def tick(self) -> None:
        """Count one round of a loop."""
        self._rounds += 1
        if self._rounds > _MOST_ROUNDS:
            raise OverflowError(f"its loops take more than {_MOST_ROUNDS} rounds")
        self._purse.spend(1)

    def paid(self, value: object) -> object:
        """Pay for a list or the like that stands in the template."""
        return self._purse.paid(value)

    def joined(self, *parts: object) -> str:
        """Put together what `~` stands between."""
        return "".join(map(str, self._purse.paid(parts)))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(tuple(_REFUSED)):
            said = f"{{% {_REFUSED[type(node)]} %}} cannot be used here"
            raise TemplateSyntaxError(said, node.lineno, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.body.insert(0, nodes.ExprStmt(_call("tick", [], loop.lineno)))
        _Paying().visit(tree)
        return tree

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str) and attr not in _STRING_METHODS:
            return False
        if isinstance(obj, int | float):  # 5 can be made a gigabyte of bytes
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """Leave `format` to `is_safe_attribute`, which refuses it."""

    def call(self, context: Context, /, obj: Any, *args: Any, **options: Any) -> Any:
        return self._purse.paid(super().call(context, obj, *args, **options))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if (operator in _FOR_NUMBERS and not numbers) or operator == "**":
            raise SecurityError(f"the operator {operator} is for numbers only, and ** for none")
        return self._purse.paid(super().call_binop(context, operator, left, right))


class _Paying(NodeTransformer):
    """Puts calls into the tree for what Python makes without asking the environment."""

    def visit_List(self, node: nodes.List | nodes.Dict) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _call("paid", [node], node.lineno)

    visit_Dict = visit_List  # noqa: N815

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _call("paid", [node], node.lineno) if node.ctx == "load" else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _call("joined", node.nodes, node.lineno)


def _call(method: str, arguments: list[nodes.Expr], line: int) -> nodes.Call:
    """Return a call of the environment's own method."""
    call = nodes.Call(nodes.EnvironmentAttribute(method), arguments, [], None, None)
    call.lineno = call.node.lineno = line
    return call


def _range(*bounds: int) -> range:
    wanted = range(*bounds)
    if len(wanted) > _LONGEST_RANGE:
        raise OverflowError(f"a range has {_LONGEST_RANGE} numbers at most")
    return wanted
