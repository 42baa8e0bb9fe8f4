"""What is left to translate in one draft: clauses and alternatives, into the languages that are read there. Pure.

As in desk.py, nothing is kept beside the draft: what is done is what this interpreter's own stream says.

| the clause has, in a language that is read   | then                                                              |
|----------------------------------------------|-------------------------------------------------------------------|
| words that a named person has signed off     | nothing: machine text is no better                                |
| no words, or words that nobody signed off    | it is translated from the drafting language                       |
| machine text of other words than the present | it is translated anew                                             |
| machine text that newcomers have no key for  | it is said again, as it is                                        |
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from portal.interpreter.desk import Wanted
from portal.interpreter.languages import base
from portal.member.drafts.draft import Draft, first_common_epoch
from portal.member.drafts.machine import MachineText, machine_text
from portal.member.drafts.reading import merged
from portal.member.drafts.telling import words_of
from portal.wire.drafts.projection import project
from portal.wire.drafts.projection_types import ClauseView
from portal.wire.drafts.streams import TEXT, Stream, StreamKind
from portal.wire.ids import Id, ItemId, b64, unb64

Key = tuple[str, str]
"""The id of a clause or an alternative, and the language to translate into."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words to translate. ``source`` (b64, 32 bytes) names them; ``done``: languages in which they stand already."""

    node: str
    lang: str
    words: str
    source: str
    done: frozenset[str]


@dataclass(frozen=True, slots=True)
class Said:
    """What this interpreter has said of a passage, and in which epoch of the room."""

    content: MachineText
    epoch: int


@dataclass
class DraftDesk:
    """The work of one draft."""

    draft: Draft
    settled: set[tuple[str, str, str]] = field(default_factory=set)
    """Node, source and language of what needs no translation, or has none."""

    @property
    def stream(self) -> Stream:
        """Where this interpreter writes."""
        return Stream(StreamKind.MACHINE, Id(self.draft.room.keyholder.device.account))

    def wanted(self, languages: Sequence[str]) -> list[Wanted]:
        """Return what is to be translated: clauses in the order of the text, then alternatives."""
        said = self.said()
        return [
            Wanted(ItemId(Id(one.node)), unb64(one.source), 0, one.words, one.lang, to, live=False)
            for one in self.passages()
            for to in languages
            if base(to) != base(one.lang) and to not in one.done
            if (one.node, to) not in said or said[one.node, to].content.source != one.source
            if (one.node, one.source, to) not in self.settled
        ]

    def unreadable(self) -> list[MachineText]:
        """Return what holds, but was said in epochs of which the newest members have no key."""
        first = first_common_epoch(self.draft.room)
        standing = {(one.node, one.source) for one in self.passages()}
        found = [one for one in self.said().values() if one.epoch < first]
        return [one.content for one in found if (one.content.node, one.content.source) in standing]

    def said(self) -> dict[Key, Said]:
        """Return the newest of each passage and language that is in the stream."""
        lines = self.draft.log(self.stream).lines
        texts = [(machine_text(line), line.envelope.epoch) for line in lines]
        return {text.key: Said(text, epoch) for text, epoch in texts if text is not None}

    def passages(self) -> Iterator[Passage]:
        """Return everything that could be translated, as it reads now."""
        document = self.draft.document(TEXT).document
        if document is not None:
            text = document.text()
            view = project(text, self.draft.acts.state(), self.draft.draft)
            langs = text["meta"]["langs"]
            for clause in view["clauses"] if langs else ():
                if not clause["gone"] and langs[0] in clause["hash"]:
                    yield from _passage(clause, langs)
        for stream, follower in list(self.draft.documents.items()):
            if stream.kind is StreamKind.PROPOSALS and follower.document is not None:
                yield from _alternatives(follower.document.content())


def _passage(clause: ClauseView, langs: Sequence[str]) -> Iterable[Passage]:
    words = words_of(clause["runs"][langs[0]])
    signed = {lang for lang in langs if lang not in clause["stale"] and clause["runs"].get(lang)}
    if words.strip():
        yield Passage(clause["node"], langs[0], words, clause["hash"][langs[0]], frozenset(signed))


def _alternatives(content: Mapping[str, Mapping[str, dict[str, object]]]) -> Iterable[Passage]:
    for name, proposal in sorted(content["proposals"].items()):
        texts, lang = proposal["text"], proposal.get("lang")
        if proposal.get("withdrawn") is True or not isinstance(texts, dict) or not isinstance(lang, str):
            continue
        words = words_of(merged(texts.get(lang, [])))
        if words.strip():
            source = b64(hashlib.sha256(words.encode()).digest())
            yield Passage(name, lang, words, source, frozenset(one for one, runs in texts.items() if runs))
