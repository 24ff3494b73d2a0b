"""boot-args as the kernel reads them: words between blanks, each `name=value` or `-flag`.

Rules from xnu's pexpert/gen/bootargs.c: blanks and tabs separate, nothing quotes; of a name that
begins with `_`, which is always text, the first one counts, of every other the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_BYTES = 1023
"""What the kernel keeps: BOOT_LINE_LENGTH less its final zero."""
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True)
class Argument:
    """One word."""

    text: str

    @property
    def name(self) -> str:
        return self.text.partition("=")[0]

    @property
    def value(self) -> str | None:
        """Return what follows the first `=`; None where there is none."""
        _, sign, value = self.text.partition("=")
        return value if sign else None


@dataclass(frozen=True)
class BootArgs:
    """All of them, in order."""

    arguments: tuple[Argument, ...] = ()

    def __str__(self) -> str:
        return " ".join(argument.text for argument in self.arguments)

    def __iter__(self) -> Iterator[Argument]:
        return iter(self.arguments)

    @property
    def size(self) -> int:
        """Return how many bytes they are."""
        return len(str(self).encode("utf-8", "surrogateescape"))

    def all(self, name: str) -> tuple[Argument, ...]:
        return tuple(each for each in self.arguments if each.name == name)

    def effective(self, name: str) -> str | None:
        """Return the value that the kernel takes; None where it finds none of that name.

        Words without a value are passed over, as older kernels do: see the trap `form.no-value`.
        """
        values = [each.value for each in self.all(name) if each.value is not None]
        if not values:
            return None
        return values[0] if name.startswith("_") else values[-1]

    def without(self, *names: str) -> BootArgs:
        return BootArgs(tuple(each for each in self.arguments if each.name not in names))

    def replaced(self, name: str, words: Sequence[Argument]) -> BootArgs:
        """Return them with these words for a name, where its first one stood, else at the end."""
        places = [place for place, each in enumerate(self.arguments) if each.name == name]
        first = places[0] if places else len(self.arguments)
        after = tuple(each for each in self.arguments[first:] if each.name != name)
        return BootArgs((*self.arguments[:first], *words, *after))

    def set(self, name: str, value: str) -> BootArgs:
        """Return them with exactly one word of this name."""
        return self.replaced(name, (Argument(f"{name}={value}"),))


def parse(text: str) -> BootArgs:
    """Return the words of a boot-args string, whatever it is."""
    return BootArgs(tuple(Argument(word) for word in _BLANKS.split(text) if word))
