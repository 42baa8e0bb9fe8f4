"""Write tests/vectors/drafts/text.json: what Python says of texts, for the browser to say the same."""

import hashlib
import json
import unicodedata
from pathlib import Path
from typing import Any

from portal.wire.drafts.clauses import document_hash
from portal.wire.drafts.text import RefusedTextError, canonical_text, code_point_name, refused_code_points
from portal.wire.ids import b64
from tests.wire.drafts.treaty import DRAFT, Table, settled, treaty_on_the_table

PATH = Path(__file__).parents[2] / "vectors/drafts/text.json"
TEXTS = (
    "", " \t\n\u00a0", "The Parties  shall\tcooperate.", "a\r\nb\rc \n d", " a\u00a0 b ", "coope\u0301rent", "\u212b",
    "a\u0323\u0307",
    "\u1112\u1161\u11ab", "می\u200cخواهم", "क\u094d\u200dष", "👩\u200d👧", "葛\U000e0100", "\uf900",
    "各缔约方\u3000应当",
    "1\u202f000",
    "\u0600١",
    "a\u202eb\u202c", "\u200f", "\u200b", "\ufeff", "a\u00adb", "\u0000\u001f\u007f\u0085", "\u2028",
    "\ue000", "\U0010ffff", "\u0378",
    "\U0001fae8", "\ufffc", "\U000e0041", "\ud800", "x\udc00\ud800", "\ufdd0",
)  # fmt: skip


def canonical(text: str) -> dict[str, Any]:
    try:
        return {"text": text, "canonical": canonical_text(text)}
    except RefusedTextError as error:
        return {"text": text, "refused": list(map(code_point_name, error.code_points))}


def normal_forms() -> str:
    """Return one hash over the NFC of every allowed code point, alone and between marks that reorder."""
    digest = hashlib.sha256()
    for code_point in range(0x110000):
        character = chr(code_point)
        if not refused_code_points(character):
            words = f"{character}\n{character}\u0301\u0323\na{character}\u0327\n"
            digest.update(unicodedata.normalize("NFC", words).encode("utf-8"))
    return digest.hexdigest()


def vectors() -> dict[str, Any]:
    """Return all but that hash, which takes seconds."""
    tables = [Table(treaty_on_the_table()), settled()]
    return {
        "canonical": [canonical(text) for text in TEXTS],
        "drafts": [
            {
                "document": table.document,
                "acts": table.acts,
                "draft": DRAFT,
                "hash": b64(document_hash(table.document)),
                "projection": table.seen(),
            }
            for table in tables
        ],
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps({**vectors(), "normal_forms": normal_forms()}, indent=1) + "\n", encoding="ascii")
