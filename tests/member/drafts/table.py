"""People around one draft, for tests: a real server in this process, real keys, real documents."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flask

from portal.member.drafts.document import DraftDocument, Edit
from portal.member.drafts.draft import Draft
from portal.member.drafts.drafts import DraftEntry, Drafts
from portal.member.drafts.export import Grade, draft_bundle
from portal.member.drafts.making import found_draft, set_rights
from portal.member.drafts.writing import NewClause, begin_text, set_words
from portal.member.making import make_room, until_joined
from portal.wire.drafts.projection import project
from portal.wire.drafts.projection_types import Projection
from portal.wire.drafts.reading import write_act
from portal.wire.drafts.rights import DraftRight, Right
from portal.wire.drafts.statements import SIGNATURE_LABEL, labelled, signature_statement
from portal.wire.drafts.streams import ACTS, TEXT, DraftItemKind, Stream, StreamKind
from portal.wire.ids import AccountId, DraftId, Id, RoomId, b64
from tests.member.inside import Inhabitant, newcomer

CLAUSES = (
    NewClause("title", {"en": "Treaty", "ko": "조약"}),
    NewClause("article", {"en": "Scope", "ko": "범위"}),
    NewClause("paragraph", {"en": "The Parties shall meet.", "ko": "당사자는 회동한다."}),
)


@dataclass
class Negotiator:
    """Somebody at the table, with a view of the draft of their own."""

    person: Inhabitant
    delegation: str
    drafts: Drafts = field(init=False)

    def __post_init__(self) -> None:
        self.drafts = Drafts(self.person.member)

    @property
    def account(self) -> AccountId:
        """Whose it is."""
        return self.person.member.account

    def line(self, right: Right) -> DraftRight:
        """A line of a table of rights."""
        return {"account": self.account, "delegation": self.delegation, "right": right}

    def entry(self, room: RoomId, draft: DraftId) -> DraftEntry:
        """The draft, brought up to the server."""
        return self.person.run(self.drafts.sync_one(room, draft))


@dataclass
class Table:
    """A draft in a room; whoever does something sees first what the server has."""

    room: RoomId
    draft: DraftId

    def at(self, who: Negotiator) -> DraftEntry:
        """What somebody has of the draft."""
        return who.entry(self.room, self.draft)

    def here(self, who: Negotiator) -> Draft:
        """The same, to be looked at."""
        return self.at(who).draft

    def text(self, who: Negotiator, stream: Stream = TEXT) -> DraftDocument:
        """A document as somebody has it."""
        document = self.here(who).document(stream).document
        assert document is not None
        return document

    def node(self, who: Negotiator, place: int) -> str:
        """The id of a clause, by its place."""
        return self.text(who).text()["nodes"][place]["id"]

    def words(self, who: Negotiator, place: int, lang: str = "en") -> str:
        """What a clause says."""
        return "".join(run["text"] for run in self.text(who).text()["nodes"][place]["text"][lang])

    def edits(self, who: Negotiator, edit: Edit, stream: Stream = TEXT) -> int:
        """Somebody changes a document; returns the item's number."""
        entry = self.at(who)
        document = entry.draft.document(stream).document
        assert document is not None
        return who.person.run(entry.sender.deliver(stream, DraftItemKind.UPDATE, document.edited(edit)))

    def writes(self, who: Negotiator, place: int, words: str, lang: str = "en") -> int:
        """Somebody puts words into a clause."""
        node = self.node(who, place)
        return self.edits(who, lambda doc: set_words(doc, node, lang, words))

    def acts(self, who: Negotiator, act: Mapping[str, Any]) -> int:
        """Somebody makes an act; returns its number."""
        entry = self.at(who)
        content: Any = {"v": 1, "at": int(time.time() * 1000), **act}
        return who.person.run(entry.sender.deliver(ACTS, DraftItemKind.ENTRY, write_act(content)))

    def sets_rights(self, who: Negotiator, members: Sequence[DraftRight]) -> int:
        """Somebody puts another table of rights in the place of the present one."""
        return who.person.run(set_rights(self.at(who), members, "read"))

    def sends(self, who: Negotiator, stream: Stream, kind: DraftItemKind, plaintext: bytes) -> int:
        """Somebody sends an item just as it is."""
        return who.person.run(self.at(who).sender.deliver(stream, kind, plaintext))


def negotiator(ada: Inhabitant, app: flask.Flask, folder: Path, name: str, code: str) -> Negotiator:
    """Somebody new, of a delegation of their own."""
    delegation = ada.asks("POST", "/api/delegations", {"name": code, "code": code, "colour": 2})
    asked = {"delegation": delegation["id"], "roles": ["chair", "delegate"]}
    somebody = newcomer(app, folder, name)
    somebody.comes_in(ada.asks("POST", "/api/invitations", asked), name, name.title())
    return Negotiator(somebody, delegation["id"])


def proposals_of(who: Negotiator) -> Stream:
    """The stream of somebody's delegation."""
    return Stream(StreamKind.PROPOSALS, Id(who.delegation))


def opened(founder: Negotiator, others: Sequence[tuple[Negotiator, Right]], history: Any = "all") -> Table:
    """A room with everybody in it, and a draft of three clauses."""
    accounts = [who.account for who, _ in others]
    room = founder.person.run(make_room(founder.person.member, "plenary", "Talks", accounts, history))
    for who, _ in others:
        who.person.run(until_joined(who.person.member, room, 5))
    update = DraftDocument(StreamKind.TEXT).edited(
        lambda doc: begin_text(doc, {"en": "Treaty", "ko": "조약"}, ["en", "ko"], CLAUSES)
    )
    members = [who.line(right) for who, right in others]
    entry = founder.person.run(found_draft(founder.drafts, room, update, members))
    return Table(room, entry.draft.draft)


def clause_refs(table: Table, who: Negotiator, langs: Sequence[str]) -> list[dict[str, str]]:
    """Every clause as it reads, by language."""
    projection = view(table, who)
    return [
        {"node": clause["node"], "lang": lang, "hash": clause["hash"][lang]}
        for clause in projection["clauses"]
        for lang in langs
    ]


def view(table: Table, who: Negotiator) -> Projection:
    """The draft as it stands for somebody."""
    return project(table.text(who).text(), table.here(who).acts.state(), table.draft)


def agreed(table: Table, chair: Negotiator, others: Sequence[Negotiator]) -> str:
    """Everybody accepts the English text, the chair finds agreement and records the adoption; returns the root."""
    items = clause_refs(table, chair, ["en"])
    for who in (chair, *others):
        table.acts(who, {"t": "position", "items": [{**item, "stance": "accept"} for item in items]})
    table.acts(chair, {"t": "agree", "items": items, "level": "agreed"})
    table.acts(chair, {"t": "authentic", "langs": ["en"]})
    projection = view(table, chair)
    root, lang_root = projection["root"], projection["roots"]["en"]
    assert root is not None
    adopted = {"step": "adopted", "date": "2026-11-22", "root": root, "langs": [["en", lang_root]]}
    table.acts(chair, {"t": "lifecycle", **adopted})
    return root


def opens_for_signing(table: Table, chair: Negotiator, order: Sequence[Negotiator]) -> None:
    """The chair opens the adopted text for signature, in this order."""
    projection = view(table, chair)
    langs = [["en", projection["roots"]["en"]]]
    names = [who.delegation for who in order]
    act = {"t": "sign_open", "root": projection["root"], "langs": langs, "order": names, "testimonium": "Done."}
    table.acts(chair, act)


def signs(table: Table, who: Negotiator, name: str) -> int:
    """Somebody's device signs the text; returns the act's number."""
    projection, device = view(table, who), who.person.member.session.identity
    at, root, lang_root = int(time.time() * 1000), projection["root"], projection["roots"]["en"]
    assert root is not None
    assert lang_root is not None
    statement = signature_statement(
        {
            "account": who.account,
            "at": at,
            "capacity": "Minister",
            "delegation": who.delegation,
            "device": device.device,
            "draft": table.draft,
            "langs": [["en", lang_root]],
            "name": name,
            "root": root,
            "v": 1,
        }
    )
    sig = b64(device.key.sign(labelled(SIGNATURE_LABEL, statement)))
    return table.acts(who, {"t": "sign", "at": at, "root": root, "statement": statement, "sig": sig})


def exported(table: Table, who: Negotiator, grade: Grade = "audit") -> bytes:
    """A bundle as somebody exports it."""
    draft = table.here(who)
    return "".join(who.person.run(draft_bundle(draft, who.person.member.rounds, int(time.time()), grade))).encode()
