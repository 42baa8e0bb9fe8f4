"""Contents about languages (docs/protocol.md §5): what interpreters write, and what people write for them.

Places are (first, one after the last), counted in Unicode characters: a sentence's in the target's text, a warning's in
the sentence and in its translation.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, get_args

from portal.member import content_fields as read
from portal.wire.ids import AccountId, Id, ItemId, b64

Span: TypeAlias = tuple[int, int]
Origin: TypeAlias = Literal["model", "human", "original"]
Problem: TypeAlias = Literal["no_model", "unknown_language", "too_long", "failed"]
TermStatus: TypeAlias = Literal["preferred", "admitted", "forbidden", "keep"]
WarningKind: TypeAlias = Literal[
    "number_missing",
    "number_added",
    "unit",
    "date",
    "name_missing",
    "negation",
    "too_short",
    "too_long",
    "repetition",
    "wrong_script",
    "untranslated",
    "cut",
    "term_missing",
    "term_forbidden",
    "mark_lost",
    "disagreement",
]
SENTENCES_MAX: Final = 1000
"""Of one text, in however many items."""
WARNINGS_MAX: Final = 32
SPANS_MAX: Final = 64
MODELS_MAX: Final = 4
WORDS_MAX: Final = 64
WORD_MAX_CHARS: Final = 500
NOTE_MAX_CHARS: Final = 2000
DETAIL_MAX_CHARS: Final = 500
NAME_MAX_CHARS: Final = 200
"""Of a program with its version."""
SEALED_KEY_BYTES: Final = 1120 + 32 + 16
"""A key of 32 bytes sealed to an account: enc, ciphertext and tag."""
READERS_MAX: Final = 64
_SEALED_MAX_CHARS: Final = 65_536


@dataclass(frozen=True, slots=True)
class SentenceWarning:
    """Where a reader should look twice; ``detail`` is the number, name or word in question."""

    kind: WarningKind
    detail: str = ""
    source: tuple[Span, ...] = ()
    target: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: ``at`` is its place in the target's text, ``hash`` the SHA-256 (32 bytes) of what stands there.

    ``lead`` is the text before it in the translation's layout, ``tail`` the text behind the last one.
    """

    at: Span
    hash: bytes
    lead: str
    text: str
    origin: Origin
    warnings: tuple[SentenceWarning, ...] = ()
    problem: Problem | None = None
    tail: str | None = None


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A leg of the way: its languages, such as "ko-en", and the SHA-256 of the package in hexadecimal."""

    pair: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Translation:
    """Sentences number ``first`` (from 0) and following of ``of``, or the ``problem`` why there are none (``of`` is 0).

    ``source`` is the SHA-256 (32 bytes) of the target's text as it stood; ``glossary`` the version's SHA-256 in
    hexadecimal, empty for none.
    """

    target: ItemId
    source: bytes
    from_: str
    to: str
    via: str | None = None
    first: int = 0
    of: int = 0
    sentences: tuple[Sentence, ...] = ()
    models: tuple[ModelUse, ...] = ()
    glossary: str = ""
    software: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Rendering:
    """A person's translation of a message, as its text stood (``source``: SHA-256, 32 bytes)."""

    target: ItemId
    source: bytes
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class TermWord:
    """What something is called, or not called, in one language."""

    lang: str
    text: str
    status: TermStatus


@dataclass(frozen=True, slots=True)
class Term:
    """A line of the room's glossary, or (``on`` false) that it is one no longer."""

    term: Id
    words: tuple[TermWord, ...]
    note: str
    on: bool


@dataclass(frozen=True, slots=True)
class TranslationsSwitch:
    """Whether interpreters translate what is new."""

    on: bool


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key for private translations, sealed to each of these accounts (e2ee.private)."""

    key: Id
    for_: tuple[tuple[AccountId, bytes], ...]


@dataclass(frozen=True, slots=True)
class Private:
    """A translation for one delegation alone: nonce, ciphertext and tag under the private key ``key``."""

    key: Id
    sealed: bytes


LanguageContent: TypeAlias = Translation | Rendering | Term | TranslationsSwitch | PrivateKey | Private
BY_INTERPRETERS: Final = (Translation, PrivateKey, Private)
"""What devices of the kind interpreter write, and nobody else; nor do they write anything else."""


def text_hash(text: str) -> bytes:
    """Return by what a translation names the text that it is of: SHA-256 of its UTF-8, 32 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def sentence_fields(sentence: Sentence) -> dict[str, Any]:
    """Return a sentence as it travels, in records and asides alike."""
    fields: dict[str, Any] = {"at": list(sentence.at), "hash": b64(sentence.hash), "lead": sentence.lead}
    fields |= {"text": sentence.text, "origin": sentence.origin}
    fields["warnings"] = [
        {
            "kind": one.kind,
            "detail": one.detail,
            "source": list(map(list, one.source)),
            "target": list(map(list, one.target)),
        }
        for one in sentence.warnings
    ]
    fields |= {} if sentence.problem is None else {"problem": sentence.problem}
    return fields if sentence.tail is None else fields | {"tail": sentence.tail}


def read_sentence(fields: Any) -> Sentence:
    """Read a sentence; ValueError, TypeError or KeyError."""
    first, after = read.span(fields["at"])
    text = read.text(fields["text"])

    def warning(one: Any) -> SentenceWarning:
        return SentenceWarning(
            kind=read.choice(one["kind"], get_args(WarningKind)),
            detail=read.text(one["detail"], DETAIL_MAX_CHARS),
            source=read.listed(one["source"], SPANS_MAX, lambda span: read.span(span, after - first)),
            target=read.listed(one["target"], SPANS_MAX, lambda span: read.span(span, len(text))),
        )

    return Sentence(
        at=(first, after),
        hash=read.octets(fields["hash"], read.SHA256_BYTES),
        lead=read.text(fields["lead"]),
        text=text,
        origin=read.choice(fields["origin"], get_args(Origin)),
        warnings=read.listed(fields["warnings"], WARNINGS_MAX, warning),
        problem=read_problem(fields),
        tail=read.text(fields["tail"]) if "tail" in fields else None,
    )


def read_problem(fields: Any) -> Problem | None:
    """Read why there is no translation, if it is said; ValueError."""
    return read.choice(fields["problem"], get_args(Problem)) if "problem" in fields else None


def read_models(value: Any) -> tuple[ModelUse, ...]:
    """Read the legs of a translation's way; ValueError, TypeError or KeyError."""
    return read.listed(value, MODELS_MAX, lambda one: ModelUse(read.pair(one["pair"]), read.sha256_hex(one["sha256"])))


def read_glossary(value: Any) -> str:
    """Read a glossary's version: a SHA-256 in hexadecimal, or empty; ValueError or TypeError."""
    return "" if value == "" else read.sha256_hex(value)


def _translation_fields(content: Translation) -> dict[str, Any]:
    fields: dict[str, Any] = {"t": "translation", "target": content.target, "source": b64(content.source)}
    fields |= {"from": content.from_, "to": content.to, "first": content.first, "of": content.of}
    fields |= {"sentences": list(map(sentence_fields, content.sentences))}
    fields |= {"models": [{"pair": one.pair, "sha256": one.sha256} for one in content.models]}
    fields |= {"glossary": content.glossary, "software": content.software}
    fields |= {} if content.via is None else {"via": content.via}
    return fields if content.problem is None else fields | {"problem": content.problem}


def _read_translation(fields: dict[str, Any]) -> Translation:
    content = Translation(
        target=ItemId(read.identifier(fields["target"])),
        source=read.octets(fields["source"], read.SHA256_BYTES),
        from_="" if fields["from"] == "" else read.language(fields["from"]),
        to=read.language(fields["to"]),
        via=read.language(fields["via"]) if "via" in fields else None,
        first=read.count(fields["first"]),
        of=read.count(fields["of"]),
        sentences=read.listed(fields["sentences"], SENTENCES_MAX, read_sentence),
        models=read_models(fields["models"]),
        glossary=read_glossary(fields["glossary"]),
        software=read.text(fields["software"], NAME_MAX_CHARS),
        problem=read_problem(fields),
    )
    given, places = len(content.sentences), [one.at for one in content.sentences]
    whole = content.problem is not None and content.first == given == 0 if content.of == 0 else content.problem is None
    read.require(content.of <= SENTENCES_MAX, "more sentences than anybody reads")
    read.require(whole and content.first + given <= content.of, "other sentences than it says")
    read.require(given > 0 or content.of == 0, "neither sentences nor a problem")
    read.require(all(a[1] <= b[0] for a, b in pairwise(places)), "sentences in disorder")
    read.require(all(one.tail is None for one in content.sentences[:-1]), "a tail before the end")
    return content


def _rendering_fields(content: Rendering) -> dict[str, Any]:
    fields = {"t": "rendering", "target": content.target, "source": b64(content.source)}
    return fields | {"to": content.to, "text": content.text}


def _read_rendering(fields: dict[str, Any]) -> Rendering:
    return Rendering(
        target=ItemId(read.identifier(fields["target"])),
        source=read.octets(fields["source"], read.SHA256_BYTES),
        to=read.language(fields["to"]),
        text=read.text(fields["text"]),
    )


def _term_fields(content: Term) -> dict[str, Any]:
    words = [{"lang": one.lang, "text": one.text, "status": one.status} for one in content.words]
    return {"t": "term", "term": content.term, "words": words, "note": content.note, "on": content.on}


def _read_term(fields: dict[str, Any]) -> Term:
    def word(one: Any) -> TermWord:
        status = read.choice(one["status"], get_args(TermStatus))
        return TermWord(read.language(one["lang"]), read.text(one["text"], WORD_MAX_CHARS), status)

    return Term(
        term=Id(read.identifier(fields["term"])),
        words=read.listed(fields["words"], WORDS_MAX, word),
        note=read.text(fields["note"], NOTE_MAX_CHARS),
        on=read.flag(fields["on"]),
    )


def _private_key_fields(content: PrivateKey) -> dict[str, Any]:
    sealed = [{"account": account, "sealed": b64(sealed)} for account, sealed in content.for_]
    return {"t": "private_key", "key": content.key, "for": sealed}


def _read_private_key(fields: dict[str, Any]) -> PrivateKey:
    def reader(one: Any) -> tuple[AccountId, bytes]:
        return AccountId(read.identifier(one["account"])), read.octets(one["sealed"], SEALED_KEY_BYTES)

    readers = read.listed(fields["for"], READERS_MAX, reader)
    read.require(len(dict(readers)) == len(readers), "an account comes twice")
    return PrivateKey(Id(read.identifier(fields["key"])), readers)


def _read_private(fields: dict[str, Any]) -> Private:
    sealed = read.octets(read.text(fields["sealed"], _SEALED_MAX_CHARS))
    return Private(Id(read.identifier(fields["key"])), sealed)


WRITERS: Final[Mapping[type, Callable[[Any], dict[str, Any]]]] = MappingProxyType(
    {
        Translation: _translation_fields,
        Rendering: _rendering_fields,
        Term: _term_fields,
        TranslationsSwitch: lambda one: {"t": "translations", "on": one.on},
        PrivateKey: _private_key_fields,
        Private: lambda one: {"t": "private", "key": one.key, "sealed": b64(one.sealed)},
    }
)
READERS: Final[Mapping[str, Callable[[dict[str, Any]], LanguageContent]]] = MappingProxyType(
    {
        "translation": _read_translation,
        "rendering": _read_rendering,
        "term": _read_term,
        "translations": lambda fields: TranslationsSwitch(read.flag(fields["on"])),
        "private_key": _read_private_key,
        "private": _read_private,
    }
)
