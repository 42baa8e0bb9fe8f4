"""``portal room drafts`` and ``portal room draft …``: a room's drafts on the command line, for people and scripts."""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast

from portal.member.console import AskedWrongError, SignedIn, say, signed_in, warn
from portal.member.drafts.drafts import DraftEntry, Drafts
from portal.member.drafts.export import Grade, draft_bundle
from portal.member.drafts.following import DraftFollowing
from portal.member.drafts.stream import Line
from portal.member.drafts.telling import act_words, changed_nodes, clause_fields, find_clause, title_of, words_of
from portal.member.drafts.writing import propose_words, set_words
from portal.member.follower import Follower
from portal.wire.drafts.projection import project
from portal.wire.drafts.projection_types import ClauseView, Projection
from portal.wire.drafts.reading import MalformedActError, write_act
from portal.wire.drafts.rights import includes
from portal.wire.drafts.streams import ACTS, TALK, TEXT, DraftItemKind, Stream, StreamKind
from portal.wire.drafts.text import TextDocument
from portal.wire.ids import Id, RoomId

_STANCES: Final = {
    "accept": "accept",
    "accept-ad-ref": "ad_ref",
    "reserve": "reserve",
    "object": "object",
    "no-instructions": "none",
}
_LEVELS: Final = {"agree": "agreed", "agree-ad-ref": "ad_ref"}
_Command = Callable[[argparse.Namespace, "_Open"], None]


class _Open:
    """A draft that a command is about, and whoever is signed in."""

    def __init__(self, session: SignedIn, drafts: Drafts, entry: DraftEntry) -> None:
        self.session = session
        self.drafts = drafts
        self.entry = entry
        self.draft = entry.draft

    @property
    def text(self) -> TextDocument:
        """The text on the table; AskedWrongError if it can not be read yet."""
        document = self.draft.document(TEXT).document
        if document is None:
            msg = "the text can not be read yet: a member has to come online and keep its present state for you"
            raise AskedWrongError(msg)
        return document.text()

    def view(self) -> Projection:
        """The draft as it stands."""
        return project(self.text, self.draft.acts.state(), self.draft.draft)

    def clause(self, wanted: str) -> ClauseView:
        """Return a clause by id or number; AskedWrongError."""
        found = find_clause(self.view(), wanted)
        if found is None:
            msg = f"there is no clause {wanted}, or several have this number; say which by its id"
            raise AskedWrongError(msg)
        return found

    def send(self, stream: Stream, kind: DraftItemKind, plaintext: bytes) -> int:
        """Send an item and return its number."""
        return self.session.driver.run(self.entry.sender.deliver(stream, kind, plaintext))


def add_draft_tasks(tasks: Any, common: argparse.ArgumentParser) -> None:
    """Add them to the tasks of ``portal room``."""
    listing = tasks.add_parser("drafts", parents=[common], help="the drafts of a room")
    listing.add_argument("room", help="its name, or its id")
    listing.set_defaults(command=_list)
    draft = tasks.add_parser("draft", help="read, write and export a draft")
    inner = draft.add_subparsers(required=True, metavar="task")
    showing = _task(inner, common, "show", "the text on the table, with its brackets", _show)
    showing.add_argument("--lang", metavar="TAG", help="language (default: the drafting language)")
    watching = _task(inner, common, "watch", "go on with what is written and decided from now on", _watch)
    watching.set_defaults(live=True)
    writing = _task(inner, common, "write", "let a clause say other words", _write)
    writing.add_argument("clause", help="its number, or its id")
    writing.add_argument("text", help="the words; - reads them from standard input")
    writing.add_argument("--lang", metavar="TAG", help="language of the words (default: the drafting language)")
    writing.add_argument("--propose", action="store_true", help="as an alternative of your delegation, beside the text")
    writing.add_argument("--reason", default="", help="why, for a proposal")
    acting = _task(inner, common, "act", "take a position, or make another act; it is signed and stays", _act)
    acting.add_argument("act", choices=[*_STANCES, *_LEVELS, "reopen", "json"], help="json: an act from standard input")
    acting.add_argument("clause", nargs="*", help="numbers or ids of clauses (default: all that have words)")
    acting.add_argument("--lang", metavar="TAG", action="append", help="of these languages (default: all columns)")
    acting.add_argument("--note", default="", help="a word to it, or the reason of a reopening")
    export = _task(inner, common, "export", "the draft, for others to verify: portal verify draft", _export)
    export.add_argument("file", type=Path, help="the bundle to write (JSON lines)")
    export.add_argument(
        "--public", action="store_true", help="text and signatures alone, without keys: to be published"
    )


def _task(tasks: Any, common: argparse.ArgumentParser, name: str, words: str, command: _Command) -> Any:
    parser: argparse.ArgumentParser = tasks.add_parser(name, parents=[common], help=words)
    parser.add_argument("room", help="its name, or its id")
    parser.add_argument("draft", help="its title, or its id")
    parser.set_defaults(command=lambda options: _opened(options, command))
    return parser


def _opened(options: argparse.Namespace, command: _Command) -> None:
    with signed_in(options) as session:
        room = session.room(options.room)
        drafts = Drafts(session.member)
        entries = session.driver.run(drafts.sync(room.data.room))
        found = [one for one in entries if options.draft in {one.draft.draft, _title(one)}]
        if len(found) != 1:
            ids = ", ".join(one.draft.draft for one in found)
            msg = (
                f"several drafts have this title; say which by its id: {ids}" if found else f"no draft {options.draft}"
            )
            raise AskedWrongError(msg)
        opened = _Open(session, drafts, found[0])
        if (problem := opened.draft.problem) is not None:
            what = f"{problem.kind} at {problem.number} of {problem.stream}: {problem.evidence}"
            warn(f"something is wrong with this draft: {what}")
        command(options, opened)


def _title(entry: DraftEntry) -> str:
    document = entry.draft.document(TEXT).document
    return "" if document is None else title_of(document.text())


def _list(options: argparse.Namespace) -> None:
    with signed_in(options) as session:
        room = session.room(options.room)
        drafts = Drafts(session.member)
        for entry in session.driver.run(drafts.sync(room.data.room)):
            opened, draft = _Open(session, drafts, entry), entry.draft
            readable = draft.document(TEXT).document is not None
            counts = opened.view()["counts"] if readable else None
            problem = draft.problem
            fields = {
                "draft": draft.draft,
                "title": _title(entry) or None,
                "stage": draft.acts.state()["stage"],
                "right": draft.me().right,
                "delegation": draft.me().delegation,
                "counts": counts,
                "streams": {log.stream.name: log.number for log in draft.logs.values()},
                "unconfirmed": any(one.is_unconfirmed for one in draft.documents.values()),
                "unsent": sum(1 for _ in draft.outgoing),
                "problem": None if problem is None else problem.kind,
            }
            told = "not readable yet" if counts is None else f"{counts['open']} open, {counts['agreed']} agreed"
            stage = str(fields["stage"]).replace("_", " ")
            say(options, fields, f"{draft.draft}  {fields['title'] or '?'}  {stage}  {told}  [{fields['right']}]")


def _show(options: argparse.Namespace, opened: _Open) -> None:
    text, projection = opened.text, opened.view()
    langs = text["meta"]["langs"]
    lang = options.lang or (langs[0] if langs else "")
    if lang not in langs:
        msg = f"the draft has no column {lang}; it has {', '.join(langs)}"
        raise AskedWrongError(msg)
    for clause in projection["clauses"]:
        if clause["gone"]:
            continue
        fields = clause_fields(clause, langs)
        state = "" if clause["state"] == "open" else f"  ({clause['state'].replace('_', ' ')})"
        stale = "  (machine or unchecked words)" if lang in clause["stale"] else ""
        say(options, fields, f"{clause['number']:>5}  {fields['text'][lang]}{state}{stale}")


def _watch(options: argparse.Namespace, opened: _Open) -> None:
    room, draft = opened.draft.room.data.room, opened.draft.draft
    before: list[TextDocument] = [opened.text]

    def show(entry: DraftEntry, lines: Sequence[Line]) -> None:
        if entry.draft.draft == draft:
            for line in lines:
                _show_line(options, opened, line, before)

    opened.draft.fresh.clear()
    following = DraftFollowing(opened.drafts, lambda: [RoomId(room)], show)
    session = opened.session
    follower = Follower(
        session.driver,
        session.http,
        session.member,
        lambda _room, _rows: None,
        on_draft=following.hear,
        on_tick=following.tick,
    )
    following.follower = follower
    follower.run(threading.Event())


def _show_line(options: argparse.Namespace, opened: _Open, line: Line, before: list[TextDocument]) -> None:
    account = line.sender[0] if line.author is not None else None
    fields: dict[str, Any] = {
        "stream": line.envelope.stream.name,
        "number": line.number,
        "at_ms": line.at_ms,
        "account": account,
        "state": line.state,
        "code": line.code,
        "kind": line.envelope.kind.name.lower(),
    }
    told = f"refused: {line.code}" if line.state == "refused" else fields["kind"]
    if line.envelope.stream == TEXT and line.state == "open" and opened.draft.document(TEXT).document is not None:
        after = opened.text
        fields["nodes"], before[:] = changed_nodes(before[0], after), [after]
        told = f"{fields['kind']}: {len(fields['nodes'])} clauses" if fields["nodes"] else told
    if line.envelope.stream == ACTS:
        act = next((one for one in opened.draft.acts.acts if one.line.number == line.number), None)
        if act is not None:
            refused = opened.draft.acts.refusal(act)
            fields |= {"act": act.line.content, "refused": refused}
            told = act_words(act, refused)
    if line.envelope.stream == TALK and line.plaintext is not None:
        fields["comment"] = told = line.plaintext.decode("utf-8", "replace")
    name = opened.session.member.people.name(account)
    say(options, fields, f"{fields['stream']} {line.number}  {name}: {told}")


def _write(options: argparse.Namespace, opened: _Open) -> None:
    words = sys.stdin.read().rstrip("\n") if options.text == "-" else options.text
    clause, text = opened.clause(options.clause), opened.text
    lang = options.lang or text["meta"]["langs"][0]
    if options.propose:
        number = _propose(options, opened, clause, lang, words)
    else:
        if not includes(opened.draft.me().right, "pen"):
            msg = "you do not hold the pen of this draft; propose it: --propose"
            raise AskedWrongError(msg)
        document = opened.draft.document(TEXT).document
        if document is None:
            raise AskedWrongError(options.draft)
        update = document.edited(lambda doc: set_words(doc, clause["node"], lang, words))
        number = opened.send(TEXT, DraftItemKind.UPDATE, update)
    fields = {"draft": opened.draft.draft, "node": clause["node"], "lang": lang, "number": number}
    say(options, fields, f"Written; it is number {number} of {'your proposals' if options.propose else 'the text'}.")


def _propose(options: argparse.Namespace, opened: _Open, clause: ClauseView, lang: str, words: str) -> int:
    delegation = opened.draft.me().delegation
    if not delegation:
        msg = "only people of a delegation propose"
        raise AskedWrongError(msg)
    stream = Stream(StreamKind.PROPOSALS, Id(delegation))
    document, quote = opened.draft.document(stream).document, words_of(clause["runs"].get(lang, []))
    if document is None:
        msg = "your delegation's proposals can not be read yet"
        raise AskedWrongError(msg)
    at_ms = int(time.time() * 1000)
    update = document.edited(
        lambda doc: propose_words(doc, clause["node"], {lang: words}, quote, options.reason, at_ms)
    )
    return opened.send(stream, DraftItemKind.UPDATE, update)


def _act(options: argparse.Namespace, opened: _Open) -> None:
    try:
        plaintext = write_act(cast("Any", _act_content(options, opened)))
    except (MalformedActError, KeyError, TypeError) as error:
        msg = f"that is no act: {error}"
        raise AskedWrongError(msg) from error
    number = opened.send(ACTS, DraftItemKind.ENTRY, plaintext)
    acts = opened.draft.acts
    act = next((one for one in acts.acts if one.line.number == number), None)
    refused = None if act is None else acts.refusal(act)
    receipt = None if act is None else act.receipt
    fields = {"draft": opened.draft.draft, "number": number, "refused": refused, "receipt": receipt}
    said = "" if refused is None else f", but it counts for nothing: {refused.replace('_', ' ')}"
    say(options, fields, f"Signed; it is number {number} of the acts{said}.")


def _act_content(options: argparse.Namespace, opened: _Open) -> dict[str, Any]:
    head = {"v": 1, "at": int(time.time() * 1000)}
    if options.act == "json":
        try:
            return {**head, **json.load(sys.stdin)}
        except ValueError as error:
            msg = f"standard input holds no JSON: {error}"
            raise AskedWrongError(msg) from error
    clauses = [opened.clause(one) for one in options.clause] or opened.view()["clauses"]
    if options.act == "reopen":
        return {**head, "t": "reopen", "nodes": [one["node"] for one in clauses], "reason": options.note}
    langs = options.lang or opened.text["meta"]["langs"]
    items = [
        {"node": one["node"], "lang": lang, "hash": one["hash"][lang]}
        for one in clauses
        for lang in langs
        if lang in one["hash"] and not one["gone"]
    ]
    if options.act in _LEVELS:
        return {**head, "t": "agree", "items": items, "level": _LEVELS[options.act]}
    stance = _STANCES[options.act]
    note = {"note": options.note} if options.note else {}
    return {**head, "t": "position", "items": [{**item, "stance": stance} for item in items], **note}


def _export(options: argparse.Namespace, opened: _Open) -> None:
    grade: Grade = "public" if options.public else "audit"
    lines = opened.session.driver.run(draft_bundle(opened.draft, opened.session.member.rounds, int(time.time()), grade))
    options.file.write_text("".join(lines), "utf-8", newline="\n")
    fields = {"draft": opened.draft.draft, "grade": grade, "lines": len(lines)}
    warning = "" if options.public else " Whoever has it can read the room in these epochs."
    say(options, fields, f"{len(lines)} lines. Check them: portal verify draft {options.file}{warning}")
