"""What is left to translate in one room: which texts, into which languages, in which order. Pure, no I/O.

Nothing is kept beside the record: what is done is what this interpreter's own items say, those in the record and those
that wait to be sent. So a process that is killed and started again goes on exactly where it was.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Final

from portal.member.content import Content, Correction, Message, Withdrawal
from portal.member.rows import Row
from portal.member.translation_content import (
    PrivateKey,
    Problem,
    Rendering,
    Term,
    Translation,
    TranslationsSwitch,
    text_hash,
)
from portal.translation.glossary import Concept, Glossary, Status
from portal.translation.glossary import Term as Word
from portal.translation.memory import Correction as Remembered
from portal.wire.envelope import ItemKind
from portal.wire.ids import AccountId, Id, ItemId

TERMS_MAX: Final = 1000
"""Lines of a room's glossary that count, by their first mention: whoever adds more can not put out what was agreed."""
WORDS_MAX: Final = 4000
"""Words of these that count: each is looked for in every sentence."""
RENDERINGS_MAX: Final = 2000
"""People's translations that are remembered, the newest."""

Key = tuple[ItemId, bytes, str]
"""A message, the SHA-256 of its text as it stands, and the language to translate it into."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text, and a language that somebody reads it in. ``given`` sentences of ``of`` are in the record already."""

    item: ItemId
    source: bytes
    number: int
    text: str
    declared: str
    """What its author's program took it for, a BCP 47 tag."""
    to: str
    live: bool
    """Said while this program runs: somebody is waiting."""
    given: int = 0
    of: int = 0

    @property
    def key(self) -> Key:
        """By what it is told from others."""
        return self.item, self.source, self.to


@dataclass(frozen=True, slots=True)
class Bounds:
    """What of the past is translated."""

    live_from_ms: int
    """What the record took in from then on is live."""
    backfill: int = 1000
    """Of what was said before, so many messages, the newest."""


@dataclass(slots=True)
class _Said:
    """A message as it stands."""

    row: Row
    text: str
    lang: str
    at_ms: int
    withdrawn: bool = False
    source: bytes = b""

    def __post_init__(self) -> None:
        self.source = text_hash(self.text)

    def change(self, text: str, lang: str, at_ms: int) -> None:
        self.text, self.lang, self.at_ms, self.source = text, lang, at_ms, text_hash(text)


@dataclass(frozen=True, slots=True)
class _Series:
    """What this interpreter has written of one text in one language."""

    from_: str
    of: int
    given: int
    problem: Problem | None

    @property
    def complete(self) -> bool:
        return self.problem is not None or self.given >= self.of


@dataclass(slots=True)
class _Found:
    said: dict[ItemId, _Said] = field(default_factory=dict)
    series: dict[Key, _Series] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    renderings: dict[tuple[AccountId, ItemId, str], tuple[Rendering, str, str]] = field(default_factory=dict)
    """By author, message and language; each with the text that it is of, and the language that this was declared to
    be in."""
    switches: dict[AccountId, bool] = field(default_factory=dict)
    """What each has said last, in the order of saying."""
    keys: set[Id] = field(default_factory=set)


class Desk:
    """The work of one room.

    ``read`` gives what a row says, None for what its author's device may not say; ``read_own`` what an own item's
    plaintext says, of a private one what is inside.
    """

    def __init__(
        self, own: AccountId, read: Callable[[Row], Content | None], read_own: Callable[[bytes], Content | None]
    ) -> None:
        self._own = own
        self._read = read
        self._read_own = read_own
        self._found = _Found()
        self._seen = 0

    def begin(self, rows: Iterable[Row], waiting: Iterable[bytes]) -> None:
        """Start over: with the record's ``rows`` in their order, and the plaintexts of own items that still wait."""
        self._found, self._seen = _Found(), 0
        for row in rows:
            self.take(row)
        for plaintext in waiting:
            self.take_own(plaintext)

    def take(self, row: Row) -> bool:
        """Take in one more row; False if rows behind it were taken before, so that one has to start over."""
        in_order, self._seen = row.number > self._seen, max(self._seen, row.number)
        if row.state != "open" or row.kind is not ItemKind.CONTENT or row.plaintext is None:
            return True  # it says nothing here; once it can be read it comes again
        if row.account == self._own:
            self.take_own(row.plaintext)
        elif row.account is not None and (content := self._read(row)) is not None:
            self._take(row, row.account, content)
        return in_order

    def take_own(self, plaintext: bytes) -> None:
        """Take in an own item, as soon as it is kept for sending."""
        content = self._read_own(plaintext)
        if isinstance(content, PrivateKey):
            self._found.keys.add(content.key)
        if not isinstance(content, Translation):
            return
        key = content.target, content.source, content.to
        before, end = self._found.series.get(key), content.first + len(content.sentences)
        if content.first == 0:
            given = max(end, before.given) if before is not None and before.of == content.of > 0 else end
            self._found.series[key] = _Series(content.from_, content.of, given, content.problem)
        elif before is not None and before.of == content.of and content.first <= before.given:
            self._found.series[key] = replace(before, given=max(before.given, end))

    def wanted(
        self, languages: Sequence[str], bounds: Bounds, can: Callable[[str, str], bool] = lambda *_: False
    ) -> list[Wanted]:
        """Return what is left to do: live before backfill, the newest first.

        ``can`` tells whether there is a way from a language to another by now, where there was none before.
        """
        standing = sorted((said for said in self._found.said.values() if not said.withdrawn), key=_newest)
        live = [said for said in standing if said.at_ms >= bounds.live_from_ms]
        past = [said for said in standing if said.at_ms < bounds.live_from_ms][: bounds.backfill]
        every = [(said, True) for said in live] + [(said, False) for said in past]
        left = [self._left(said, to, live, can) for said, live in every for to in dict.fromkeys(languages)]
        return [one for one in left if one is not None]

    def is_standing(self, key: Key) -> bool:
        """Tell whether this text is still the message's, and not withdrawn."""
        said = self._found.said.get(key[0])
        return said is not None and not said.withdrawn and said.source == key[1]

    def is_on(self, may_switch: Callable[[AccountId], bool]) -> bool:
        """Tell whether anything is to be translated: what the newest says that is by somebody who may say it."""
        return next((on for account, on in reversed(self._found.switches.items()) if may_switch(account)), True)

    def has_key(self, key: Id) -> bool:
        """Tell whether this own private key is in the record, or waits to be."""
        return key in self._found.keys

    def glossary(self) -> Glossary:
        """Return the room's agreed words."""
        lines = [term for term in self._found.terms.values() if term.on][:TERMS_MAX]
        until = accumulate(len(term.words) for term in lines)
        counting = [term for term, words in zip(lines, until, strict=True) if words <= WORDS_MAX]
        return Glossary(tuple(map(_concept, sorted(counting, key=lambda term: term.term))))

    def remembered(self, trusted: Collection[AccountId]) -> list[Remembered]:
        """Return whole texts that these accounts have translated, in the order of their saying so."""
        corrections = []
        newest = list(self._found.renderings.items())[-RENDERINGS_MAX:]
        for (account, _, _), (rendering, text, lang) in newest:
            key = rendering.target, rendering.source, rendering.to
            series = self._found.series.get(key)
            spoken = dict.fromkeys([lang, *([series.from_] if series is not None and series.from_ else [])])
            if account in trusted:
                corrections += [Remembered(one, rendering.to, text, rendering.text, account) for one in spoken]
        return corrections

    def _left(self, said: _Said, to: str, live: bool, can: Callable[[str, str], bool]) -> Wanted | None:  # noqa: FBT001
        if not said.text.strip():
            return None
        wanted = Wanted(said.row.item, said.source, said.row.number, said.text, said.lang, to, live)
        series = self._found.series.get(wanted.key)
        if series is None:
            return wanted
        if series.problem == "no_model" and can(series.from_, to):
            return wanted
        return None if series.complete else replace(wanted, given=series.given, of=series.of)

    def _take(self, row: Row, account: AccountId, content: Content) -> None:
        found = self._found
        match content:
            case Message():
                found.said.setdefault(row.item, _Said(row, content.text, content.lang, row.at_ms))
            case Correction():
                said = self._own_words(account, content.target)
                if said is not None:
                    said.change(content.text, content.lang, row.at_ms)
            case Withdrawal():
                said = self._own_words(account, content.target)
                if said is not None:
                    said.withdrawn = True
            case Term():
                found.terms[content.term] = content  # in the place of its first mention
            case Rendering():
                said = found.said.get(content.target)
                if said is not None and said.source == content.source:
                    name = account, content.target, content.to
                    found.renderings.pop(name, None)  # the newest stand at the end
                    found.renderings[name] = content, said.text, said.lang
            case TranslationsSwitch():
                found.switches.pop(account, None)
                found.switches[account] = content.on
            case _:
                return

    def _own_words(self, account: AccountId, target: ItemId) -> _Said | None:
        said = self._found.said.get(target)
        return said if said is not None and said.row.account == account else None


def _newest(said: _Said) -> tuple[int, int]:
    return -said.at_ms, -said.row.number


def _concept(term: Term) -> Concept:
    return Concept(tuple(Word(one.lang, one.text, Status(one.status)) for one in term.words), term.note)
