"""What a room's rows mean to a reader: messages with their corrections, withdrawals and reactions, and events.

Translations and what else is about languages are no lines of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from portal.member.content import (
    Content,
    Correction,
    File,
    Mark,
    Message,
    Name,
    Notice,
    Reaction,
    Withdrawal,
    is_by,
    parse_content,
)
from portal.member.e2ee.devices import Directory
from portal.member.rows import Row
from portal.wire.envelope import ItemKind
from portal.wire.ids import AccountId, ItemId

EventKind: TypeAlias = Literal["founded", "added", "removed", "renamed", "archived", "reopened", "rotated", "refused"]


@dataclass(slots=True)
class Said:
    """A message as it stands now; ``earlier`` are its former texts, ``withdrawn`` is the reason, perhaps empty."""

    row: Row
    text: str
    lang: str
    reply: ItemId | None
    mentions: tuple[AccountId, ...]
    files: tuple[File, ...]
    earlier: list[str] = field(default_factory=list)
    withdrawn: str | None = None
    reactions: dict[Mark, list[AccountId]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the record that is no message; ``text`` is a name, or the code of a refusal."""

    row: Row
    event: EventKind
    accounts: tuple[AccountId, ...] = ()
    text: str | None = None


Entry: TypeAlias = Said | Happened


def content_of(row: Row, directory: Directory) -> Content | None:
    """Return what an open item of content says; None if it says nothing, or what its author's device may not say."""
    content = None if row.state != "open" or row.plaintext is None else parse_content(row.plaintext)
    return content if content is not None and _is_by_its_author(content, row, directory) else None


def _is_by_its_author(content: Content, row: Row, directory: Directory) -> bool:
    listed = None if row.account is None else directory.device(row.account, row.device)
    # What was read stays readable where the list that it was checked against is no longer shown.
    return is_by(content, "browser" if listed is None else listed.kind)


def timeline(rows: Iterable[Row], directory: Directory) -> list[Entry]:
    """Return the entries of a record, oldest first; ``directory`` knows the devices of those who wrote."""
    reading = _Reading(directory)
    for row in rows:
        reading.take(row)
    return reading.entries


class _Reading:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.entries: list[Entry] = []
        self._said: dict[ItemId, Said] = {}
        self._name: str | None = None

    def take(self, row: Row) -> None:
        if row.state == "refused":
            self._happened(row, "refused", text=row.code)
        elif row.state == "open" and row.kind is ItemKind.FOUNDING:
            self._happened(row, "founded")
        elif row.state == "open" and row.kind is ItemKind.COMMIT:
            self._take_commit(row)
        elif row.state == "open":
            content = parse_content(row.plaintext or b"")
            if content is None:
                self._happened(row, "refused", text="item.malformed")
            elif not _is_by_its_author(content, row, self._directory):
                self._happened(row, "refused", text="item.interpreter")
            else:
                self._take_content(row, content)

    def _take_commit(self, row: Row) -> None:
        if row.added:
            self._happened(row, "added", row.added)
        if row.removed:
            self._happened(row, "removed", row.removed)
        if not row.added and not row.removed:
            self._happened(row, "rotated")

    def _take_content(self, row: Row, content: Content) -> None:
        if isinstance(content, Message):
            said = Said(row, content.text, content.lang, content.reply, content.mentions, content.files)
            self._said[row.item] = said
            self.entries.append(said)
        elif isinstance(content, Name):
            # The name is said again for newcomers who may not read the past; that is no renaming.
            if content.name != self._name:
                self._name = content.name
                self._happened(row, "renamed", text=content.name)
        elif isinstance(content, Notice):
            self._happened(row, content.notice)
        # Others are from before this account was let in.
        elif isinstance(content, Correction | Withdrawal | Reaction) and content.target in self._said:
            self._change(row, content, self._said[content.target])

    def _change(self, row: Row, content: Correction | Withdrawal | Reaction, said: Said) -> None:
        if isinstance(content, Reaction):
            accounts = [account for account in said.reactions.pop(content.mark, []) if account != row.account]
            accounts += [row.account] if content.on and row.account is not None else []
            said.reactions |= {content.mark: accounts} if accounts else {}
        elif said.row.account != row.account:
            self._happened(row, "refused", text="item.not_yours")
        elif isinstance(content, Correction):
            said.earlier.append(said.text)
            said.text, said.lang = content.text, content.lang
        elif said.withdrawn is None:
            said.withdrawn = content.reason or ""

    def _happened(
        self, row: Row, event: EventKind, accounts: tuple[AccountId, ...] = (), text: str | None = None
    ) -> None:
        self.entries.append(Happened(row, event, accounts, text))
