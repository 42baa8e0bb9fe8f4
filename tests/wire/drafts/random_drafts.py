"""Drafts made by chance from a seed: many scripts, brackets that nest and overlap, and acts upon them."""

import random
from collections.abc import Sequence
from typing import Final, TypeVar, cast

from portal.wire.drafts.acts import Level, Stance
from portal.wire.drafts.brackets import brackets_of
from portal.wire.drafts.projection import project
from portal.wire.drafts.projection_types import Projection
from portal.wire.drafts.state import ActsState, Made, empty_state
from portal.wire.drafts.text import Bracket, BracketMark, NodeKind, Run, TextDocument, TextNode
from portal.wire.ids import b64

T = TypeVar("T")

LANGS: Final = ("en", "fr", "ko", "zh-Hans", "ar", "fa", "hi", "th")
KINDS: Final[tuple[NodeKind, ...]] = (
    "title", "preamble", "part", "article", "article", "paragraph", "paragraph", "point", "point", "annex", "final",
    "note",
)  # fmt: skip
WORDS: Final = (
    "shall", "cooperate", "in good faith", " ", "  ", "\t", "\u00a0", "\r\n", "\n", "\r", ".", ";", "12", "§",
    "coope\u0301rent", "coopérent", "e", "\u0301", "\u0323", "\u0307", "a\u0327\u0301", "Å", "\u212b", "ﬁ", "\u202f",
    "\u3000",
    "당사국은 협력한다", "\u1112\u1161\u11ab", "한", "各缔约方应当本着诚意进行合作", "\uf900", "葛\U000e0100", "𠮷",
    "\U0002f800",
    "تتعاون الأطراف", "\u0627\u0653", "می\u200cخواهم", "لا", "क\u094d\u200dष", "\u0915\u093c", "ภาคีจะต้อง",
    "\u05d9\u05b4", "\u0600١",
    "👩\u200d👧", "🏳\ufe0f", "𝒜", "\U0001d15e", "\ufffd",
)  # fmt: skip
REFUSED: Final = (
    "\u202e", "\u2067", "\u200f", "\u061c", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u0000", "\u001b", "\u007f",
    "\u0085", "\u2028", "\ue000", "\U0010ffff", "\u0378", "\U000e0041", "\ufffc", "\U0001fae8", "\ufdd0",
)  # fmt: skip
STANCES: Final[tuple[Stance, ...]] = ("accept", "ad_ref", "reserve", "object", "none")
DRAFT: Final = b64(bytes(range(16)))


class Chance(random.Random):
    """A seed's chance, with what is asked of it most."""

    def happens(self, probability: float) -> bool:
        return self.random() < probability

    def id(self) -> str:
        return b64(self.randbytes(16))

    def some(self, values: Sequence[T]) -> list[T]:
        return self.sample(values, self.randint(0, len(values)))


def random_draft(seed: int) -> tuple[TextDocument, ActsState, Projection]:
    """Return a text, acts on it, most of them on its present words, and what both come to."""
    chance = Chance(seed)
    document = random_document(chance)
    acts = empty_state()
    acts["authentic"] = sorted(chance.some([*document["meta"]["langs"], "de"][: 2 + chance.happens(0.1)]))
    _decide(chance, acts, document)
    _state(chance, acts, project(document, acts, DRAFT))
    return document, acts, project(document, acts, DRAFT)


def random_document(chance: Chance) -> TextDocument:
    langs = chance.sample(LANGS, chance.randint(1, 3))
    brackets = [_bracket(chance) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
    marks = [
        [bracket["id"], option["id"]] for bracket in brackets if not bracket["whole"] for option in bracket["options"]
    ]
    nodes: list[TextNode] = []
    for _ in range(chance.randint(1, 9)):
        parent = chance.choice(nodes)["id"] if nodes and chance.happens(0.7) else ""
        node: TextNode = {"id": chance.id(), "kind": chance.choice(KINDS), "parent": parent, "order": "a", "text": {}}
        nodes.append(node)
    notes = [node["id"] for node in nodes if node["kind"] == "note"]
    for node in nodes:
        node["text"] = {lang: _runs(chance, marks, notes) for lang in langs if chance.happens(0.9)}
    return {
        "meta": {"title": {lang: _words(chance) for lang in langs}, "langs": langs, "template": "treaty"},
        "nodes": nodes,
        "brackets": sorted(brackets, key=lambda bracket: bracket["id"]),
    }


def _bracket(chance: Chance) -> Bracket:
    return {
        "id": chance.id(),
        "by": chance.choice(("", chance.id())),
        "at": chance.randrange(2**42),
        "reason": _words(chance),
        "whole": chance.happens(0.1),
        "options": [
            {"id": chance.id(), "by": "", "kind": chance.choice(("text", "text", "delete")), "from": []}
            for _ in range(chance.randint(1, 3))
        ],
    }


def _runs(chance: Chance, marks: Sequence[BracketMark], notes: Sequence[str]) -> list[Run]:
    runs = []
    for _ in range(chance.randint(0, 5)):
        under = sorted(chance.some(marks)) if chance.happens(0.4) else []
        run: Run = {"text": _words(chance), "marks": sorted(chance.some(("em", "strong"))), "brackets": under}
        if chance.happens(0.1):
            run["cite"] = {"id": chance.choice("ab"), "source": "A/RES/70/1"}
        if chance.happens(0.15):
            run["text"], run["atom"] = "", {"note": chance.choice(notes)} if notes else "br"
        runs.append(run)
    return runs


def _words(chance: Chance) -> str:
    words = chance.choices(WORDS, k=chance.randint(0, 5))
    if chance.happens(0.01):
        words.insert(chance.randint(0, len(words)), chance.choice(REFUSED))
    return "".join(words)


def _decide(chance: Chance, acts: ActsState, document: TextDocument) -> None:
    runs = [run for node in document["nodes"] for runs in node["text"].values() for run in runs]
    marks = sorted({(bracket, option) for run in runs for bracket, option in run["brackets"]})
    for bracket, view in brackets_of(document, document["meta"]["langs"], {}).items():
        options = [option for marked, option in marks if marked == bracket] or [""]
        if chance.happens(0.8) and view["hash"] is not None:
            acts["decisions"][bracket] = {
                **_made(chance), "option": chance.choice([*options, *options, ""]),
                "hash": view["hash"] if chance.happens(0.8) else b64(chance.randbytes(32)),
                "conflict": chance.happens(0.15), "standing": [], "replaced": [],
            }  # fmt: skip


def _state(chance: Chance, acts: ActsState, seen: Projection) -> None:
    nodes = [clause["node"] for clause in seen["clauses"]]
    delegations = [chance.id() for _ in range(3)]
    most = chance.choice((0.2, 1.0))
    for clause in seen["clauses"]:
        node, drafting = clause["node"], next(iter(seen["roots"]))
        for lang, present in clause["hash"].items():
            digest = present if chance.happens(0.9) else b64(chance.randbytes(32))
            if chance.happens(most if lang == drafting else most / 3):
                level: Level = "agreed" if chance.happens(0.7) else "ad_ref"
                acts["agreements"].setdefault(node, {})[lang] = {**_made(chance), "hash": digest, "level": level}
            for delegation in chance.some(delegations):
                stance = chance.choice(STANCES)
                acts["positions"].setdefault(node, {}).setdefault(lang, {})[delegation] = {
                    **_made(chance), "hash": digest, "stance": stance, "note": "",
                }  # fmt: skip
            source = chance.choice(list(clause["hash"])) if chance.happens(0.2) else drafting
            if chance.happens(most) and source in clause["hash"]:
                acts["concords"].setdefault(node, {})[lang] = {
                    **_made(chance), "hash": digest, "source": source, "source_hash": clause["hash"][source],
                }  # fmt: skip
    for _ in range(chance.choice((0, 0, 1, 2))):
        acts["packages"][chance.id()] = {
            **_made(chance), "name": "", "nodes": chance.some(nodes), "on": chance.happens(0.7),
        }  # fmt: skip
    for node in chance.some(nodes) if chance.happens(0.3) else []:
        acts["links"][node] = sorted(chance.some(nodes))


def _made(chance: Chance) -> Made:
    return cast("Made", {"number": chance.randrange(100), "account": chance.id(), "delegation": "", "at_ms": 1})
