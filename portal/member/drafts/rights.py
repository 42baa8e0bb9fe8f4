"""Which table of rights was in force when: they stand in the stream of acts, and rule all streams of the draft."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.wire.drafts.rights import Author, RightsTable, author_of
from portal.wire.ids import AccountId


@dataclass
class RightsHistory:
    """The founding's table and those that chairs put in its place, each with the server's time of its item."""

    _tables: list[tuple[int, RightsTable]] = field(default_factory=list)

    @property
    def newest(self) -> RightsTable | None:
        """The table in force now; None before the founding."""
        return self._tables[-1][1] if self._tables else None

    def add(self, at_ms: int, table: RightsTable) -> None:
        """Take in the table of the next item that has one."""
        self._tables.append((at_ms, table))

    def authors(self, account: AccountId, otherwise: str, at_ms: int, *, interpreter: bool) -> Sequence[Author]:
        """Return what an account could do at a time: by one table, or by each of those of exactly that time.

        ``otherwise``: the delegation of an account that no table lists, "" for none.
        """
        earlier = [table for at, table in self._tables if at < at_ms]
        same = [table for at, table in self._tables if at == at_ms]
        tables: list[RightsTable | None] = [*reversed(same), *earlier[-1:]]
        return [author_of(table, account, otherwise, interpreter=interpreter) for table in tables or [None]]

    def may_confirm(self, author: Author | None, maker: Author | None) -> bool:
        """Tell whether ``author`` can answer for a snapshot of ``maker``.

        Of another delegation, or as much somebody else as there is anybody.
        """
        table = self.newest
        if author is None or maker is None or table is None:
            return False
        if len({member["delegation"] for member in table["members"]}) > 1:
            return author.delegation != maker.delegation
        return author.account != maker.account or len(table["members"]) == 1
