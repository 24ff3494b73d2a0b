"""Deciding by its first bytes what a content is, and following it from there."""

from __future__ import annotations

from pipeline.corefile import sniff
from pipeline.corefile.contents import Content, Foreign, Unsupported
from pipeline.corefile.core_content import CoreContent
from pipeline.corefile.log_content import LogContent
from pipeline.display import size as shown_size
from pipeline.model import CoreFacts, Kind

_RAISE_IT = "raise max_uncompressed_size in [inspect] to read it"


class ContentReader:
    """Takes a content's bytes in order; `named` is the kind that the file's name tells."""

    def __init__(self, named: Kind, max_uncompressed: int) -> None:
        self._named = named
        self._max_size = max_uncompressed
        self._head = b""
        self._content: Content | None = None

    @property
    def settled(self) -> bool:
        return self._content is not None and self._content.settled

    @property
    def hopeless(self) -> bool:
        return isinstance(self._content, Foreign)

    @property
    def content(self) -> Content | None:
        return self._content

    def feed(self, data: bytes) -> bool:
        if self._content is None:
            return self._begin(self._head + data)
        news = self._content.feed(data)
        self._review()
        return news

    def hole(self, length: int) -> bool:
        """Take a run that was never written; one at the very start decides by the name."""
        if self._content is None:
            self._content = self._decide(self._head, ends=True)
            if not self._head and self._named is Kind.CORE:
                self._content = CoreContent(self._max_size)
            self._content.feed(self._head)
        news = self._content.hole(length)
        self._review()
        return news

    def refuse_inflating(self) -> None:
        """Give up a stream that inflates beyond the cap."""
        cap = shown_size(self._max_size)
        what = f"it inflates to more than the cap of {cap}: {_RAISE_IT}"
        self._content = Unsupported(what, within=self._content)

    def at_end(self) -> Content | None:
        """Return the content as it must be taken if nothing follows."""
        if self._content is not None or not self._head:
            return self._content
        content = self._decide(self._head, ends=True)
        content.feed(self._head)
        return content

    def facts(self, known: CoreFacts, *, final: bool) -> CoreFacts:
        content = self.at_end() if final else self._content
        return content.facts(known, final=final) if content else known

    def _begin(self, head: bytes) -> bool:
        is_macho = head[:4] in sniff.MACHO
        if len(head) < sniff.HEAD and not is_macho:
            self._head = head
            return False
        self._head = b""
        self._content = self._decide(head[: sniff.HEAD], ends=False)
        self._content.feed(head)
        self._review()
        return True

    def _decide(self, head: bytes, *, ends: bool) -> Content:
        if head[:4] in sniff.MACHO or (ends and _may_become_core(head)):
            return CoreContent(self._max_size)
        local = sniff.local_core(head)
        if local:
            return Unsupported(f"it is {local}; only cores sent over the network are read")
        foreign = sniff.foreign(head)
        if foreign:
            return Foreign(foreign)
        is_log = self._named in (Kind.PANICLOG, Kind.SYSTEMLOG) and sniff.is_log_text(head)
        if is_log or sniff.is_text(head):
            return LogContent(self._named)
        return Foreign(_unknown(head))

    def _review(self) -> None:
        """Replace a content that turned out to be no dump, or none that is read here."""
        content = self._content
        if isinstance(content, CoreContent):
            header = content.commands.header
            if header and not content.commands.is_core:
                self._content = Foreign(header.description)
            elif content.is_too_big:
                announced, cap = shown_size(content.expected_size), shown_size(self._max_size)
                what = f"its header announces {announced}, more than the cap of {cap}: {_RAISE_IT}"
                self._content = Unsupported(what, within=content)
        elif isinstance(content, LogContent) and content.settled:
            self._content = Foreign("plain text without a panic report")


def _may_become_core(head: bytes) -> bool:
    return 0 < len(head) < 4 and any(magic.startswith(head) for magic in sniff.MACHO)


def _unknown(head: bytes) -> str:
    if not head.strip(b"\0"):
        return "nothing but zero bytes"
    return f"unrecognised data that begins with {head[:4].hex(' ')}"
