"""The demonstration's draft: opened, put into brackets, argued about, and agreed in one article."""

import json
import time
from collections.abc import Mapping
from typing import Any

from portal.demo import script, treaty
from portal.demo.company import Attendant
from portal.demo.programs import DemoError
from portal.member.drafts.bracketing import Option, bracket_words
from portal.member.drafts.document import DraftDocument, Edit
from portal.member.drafts.drafts import DraftEntry, Drafts
from portal.member.drafts.making import found_draft
from portal.member.drafts.writing import begin_text, propose_words
from portal.wire.drafts.projection import project
from portal.wire.drafts.projection_types import Projection
from portal.wire.drafts.reading import write_act
from portal.wire.drafts.streams import ACTS, TALK, TEXT, DraftItemKind, Stream, StreamKind
from portal.wire.drafts.text import TextDocument
from portal.wire.ids import DraftId, Id, RoomId, new_id


class Party:
    """One delegation's person at the table; sees what the server has before each step."""

    def __init__(self, attendant: Attendant, room: RoomId) -> None:
        self.attendant = attendant
        self._room = room
        self._drafts = Drafts(attendant.member)

    @property
    def delegation(self) -> Id:
        """Whom this person speaks for."""
        code = self.attendant.person.delegation
        return Id("" if code is None else self._drafts.delegations.get(code, ""))

    def learns(self) -> None:
        """Who the delegations are."""
        self.attendant.catch_up()
        self.attendant.driver.run(self._drafts.learn())

    def opens(self, update: bytes, other: "Party") -> DraftId:
        """Begin the draft; the other one holds a pen as well."""
        pen: Any = {"account": other.attendant.account, "delegation": other.delegation, "right": "pen"}
        entry = self.attendant.driver.run(found_draft(self._drafts, self._room, update, [pen], "comment"))
        return entry.draft.draft

    def at(self, draft: DraftId) -> DraftEntry:
        """The draft as the server has it now."""
        return self.attendant.driver.run(self._drafts.sync_one(self._room, draft))

    def edits(self, draft: DraftId, stream: Stream, edit: Edit) -> None:
        """Change one of its documents."""
        entry = self.at(draft)
        document = entry.draft.document(stream).document or DraftDocument(stream.kind)
        self.attendant.driver.run(entry.sender.deliver(stream, DraftItemKind.UPDATE, document.edited(edit)))

    def keeps(self, draft: DraftId, name: str) -> None:
        """Keep the text as it is, under a name."""
        entry = self.at(draft)
        number = self.attendant.driver.run(entry.sender.deliver(TEXT, DraftItemKind.REVISION, b""))
        item = next(line.envelope.item for line in self.at(draft).draft.log(TEXT).lines if line.number == number)
        self.acts(draft, {"t": "revision", "name": name, "item": item})

    def acts(self, draft: DraftId, act: Mapping[str, Any]) -> None:
        """Make a signed act."""
        content: Any = {"v": 1, "at": _now_ms(), **act}
        self.attendant.driver.run(self.at(draft).sender.deliver(ACTS, DraftItemKind.ENTRY, write_act(content)))


def perform(company: Mapping[str, Attendant], room: RoomId) -> DraftId:
    """Put the draft on the room's table and bring it to where the demonstration begins; returns its id."""
    people = {handle: Party(company[handle], room) for handle in (script.OWNER, "clara")}
    chair, other = people[script.OWNER], people["clara"]
    for one in people.values():
        one.learns()
    begun = DraftDocument(StreamKind.TEXT).edited(
        lambda doc: begin_text(doc, treaty.TITLE, treaty.LANGUAGES, treaty.CLAUSES)
    )
    draft = chair.opens(begun, other)
    chair.keeps(draft, treaty.VERSION)
    _put_brackets(chair, other, draft)
    _propose(other, draft)
    for stance in treaty.STANCES:
        items = [{**ref, "stance": stance.stance} for ref in _clause(people[stance.by], draft, stance.place)]
        note = {"note": stance.note} if stance.note else {}
        people[stance.by].acts(draft, {"t": "position", "items": items[:1], **note})
    _settle(chair, draft)
    agreed = [ref for place in treaty.AGREED for ref in _clause(chair, draft, place)[:1]]
    chair.acts(draft, {"t": "agree", "items": agreed, "level": "agreed"})
    _comment(other, draft)
    return draft


def _put_brackets(chair: Party, other: Party, draft: DraftId) -> None:
    speaks_for = {one.attendant.person.delegation: one.delegation for one in (chair, other)}
    for one in treaty.BRACKETS:
        maker = other if one.by == other.attendant.person.delegation else chair
        node = _text(maker, draft)["nodes"][one.place]["id"]
        present, offered = Option(speaks_for[one.for_], one.present), Option(speaks_for[one.by], one.offered)

        def edit(doc: Any, node: str = node, wish: Any = (present, offered, one, maker)) -> None:
            first, second, contested, by = wish
            told = {"by": by.delegation, "reason": contested.reason, "at_ms": _now_ms()}
            bracket_words(doc, node, first, [second], **told)

        maker.edits(draft, TEXT, edit)


def _propose(party: Party, draft: DraftId) -> None:
    place, words, reason = treaty.ALTERNATIVE
    clause = _text(party, draft)["nodes"][place]
    quote = "".join(run["text"] for run in clause["text"]["en"])
    stream = Stream(StreamKind.PROPOSALS, party.delegation)
    party.edits(draft, stream, lambda doc: _proposed(doc, clause["id"], words, quote, reason))


def _proposed(doc: Any, node: str, words: Mapping[str, str], quote: str, reason: str) -> None:
    propose_words(doc, node, words, quote, reason, _now_ms())


def _settle(chair: Party, draft: DraftId) -> None:
    """Decide one bracket for what the other delegation asks for."""
    number, option = treaty.DECIDED
    node = _text(chair, draft)["nodes"][treaty.BRACKETS[number].place]["id"]
    bracket = next(
        one for one in _text(chair, draft)["brackets"] if node in _view(chair, draft)["brackets"][one["id"]]["nodes"]
    )
    act = {
        "t": "decide",
        "bracket": bracket["id"],
        "option": bracket["options"][option]["id"],
        "hash": _view(chair, draft)["brackets"][bracket["id"]]["hash"],
        "clause": _clause(chair, draft, treaty.BRACKETS[number].place),
        "over": [],
    }
    chair.acts(draft, act)


def _comment(party: Party, draft: DraftId) -> None:
    place, lang, text = treaty.COMMENT
    clause = _text(party, draft)["nodes"][place]
    quote = "".join(run["text"] for run in clause["text"][lang])
    said = {
        "v": 1,
        "at": _now_ms(),
        "t": "comment",
        "comment": new_id(),
        "anchor": {"node": clause["id"], "lang": lang, "quote": quote},
        "text": text,
        "lang": lang,
        "audience": "room",
    }
    entry = party.at(draft)
    party.attendant.driver.run(entry.sender.deliver(TALK, DraftItemKind.ENTRY, json.dumps(said).encode()))


def _clause(party: Party, draft: DraftId, place: int) -> list[dict[str, str]]:
    """A clause as it reads, in each language that it has."""
    clause = _view(party, draft)["clauses"][place]
    return [
        {"node": clause["node"], "lang": lang, "hash": clause["hash"][lang]}
        for lang in treaty.LANGUAGES
        if lang in clause["hash"]
    ]


def _text(party: Party, draft: DraftId) -> TextDocument:
    document = party.at(draft).draft.document(TEXT).document
    if document is None:
        msg = f"{party.attendant.person.name} can not read the draft"
        raise DemoError(msg)
    return document.text()


def _view(party: Party, draft: DraftId) -> Projection:
    return project(_text(party, draft), party.at(draft).draft.acts.state(), draft)


def _now_ms() -> int:
    return int(time.time() * 1000)
