"""What interpreters say in their own streams of a draft: how a clause, or an alternative, reads in another language."""

import json
from dataclasses import dataclass
from typing import Any, Final

from portal.member.drafts.stream import Line
from portal.wire.ids import is_id

_TEXTS: Final = ("from", "to", "source", "text", "glossary", "software")


@dataclass(frozen=True, slots=True)
class MachineText:
    """A translation of ``node``: a clause's id, or an alternative's; ``source`` names the words that were translated.

    That is the clause's hash, of an alternative the SHA-256 of its words; b64. ``sentences`` and ``models`` are as in
    translations of the record (docs/protocol.md §5), places counted in the words as ``telling.words_of`` gives them.
    """

    node: str
    from_: str
    to: str
    source: str
    text: str
    sentences: tuple[dict[str, Any], ...]
    models: tuple[dict[str, str], ...]
    glossary: str
    software: str

    @property
    def key(self) -> tuple[str, str]:
        """By what a newer one takes its place."""
        return self.node, self.to

    def to_bytes(self, at_ms: int) -> bytes:
        """Return the plaintext of an entry."""
        fields = {"v": 1, "t": "machine", "at": at_ms, "node": self.node, "from": self.from_, "to": self.to}
        fields |= {"source": self.source, "text": self.text, "sentences": list(self.sentences)}
        fields |= {"models": list(self.models), "glossary": self.glossary, "software": self.software}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def machine_text(line: Line) -> MachineText | None:
    """Return what an opened entry of such a stream says; None for anything else."""
    if line.state != "open" or line.plaintext is None:
        return None
    try:
        read = json.loads(line.plaintext)
        texts = {name: read[name] for name in _TEXTS}
        sentences, models = tuple(read["sentences"]), tuple(read["models"])
        known = read["t"] == "machine" and is_id(read["node"]) and all(isinstance(one, str) for one in texts.values())
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not known or not all(isinstance(one, dict) for one in (*sentences, *models)):
        return None
    return MachineText(
        read["node"], texts["from"], texts["to"], texts["source"], texts["text"], sentences, models,
        texts["glossary"], texts["software"],
    )  # fmt: skip
