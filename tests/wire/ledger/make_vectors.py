"""Writes tests/vectors/ledger.json: trees, notes, proofs, entries and policies, for the browser's code to read.

``.venv/bin/python -m tests.wire.ledger.make_vectors``; of ML-DSA-44 signatures each run makes others. Hashes and
signed bytes are standard base64 where the C2SP formats have them, hex in ``rfc6962``, base64url in ``entries``.
"""

import hashlib
import json
from itertools import pairwise
from typing import Any, Final

from portal.tlog.signers import Cosigner, NoteSigner
from portal.wire.canonical import canonical_json
from portal.wire.ids import b64
from portal.wire.ledger.base64 import std_b64
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.cosignature import cosigned_message
from portal.wire.ledger.entries import Entry, Kind, commitment, device_list_tag
from portal.wire.ledger.merkle import leaf_hash
from portal.wire.ledger.note import ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE, Note
from portal.wire.ledger.proof import LedgerProof
from portal.wire.ledger.tiles import TilePlace, bundle, width_in
from tests.wire.browser_vectors import VECTORS
from tests.wire.ledger import oracle, published

ORIGIN: Final = "portal.example/ledger"
AT_S: Final = 1_790_000_000
ACCOUNT: Final = "AAECAwQFBgcICQoLDA0ODw"
SIZES: Final = (1, 2, 3, 4, 5, 7, 8, 9, 100, 255, 256, 257, 511, 600)
TREE: Final = 600
PLACES: Final = (0, 1, 2, 5, 127, 255, 256, 511, 512, 599)


def seed(name: str) -> bytes:
    """Return 32 bytes that are always the same for ``name``."""
    return hashlib.sha256(name.encode()).digest()


def leaf(index: int) -> bytes:
    """Return the entry at ``index`` of the vectors' tree."""
    return f"entry {index}".encode()


def rfc6962() -> dict[str, Any]:
    """Return what others published."""
    return {
        "leaves": [one.hex() for one in published.LEAVES],
        "roots": list(published.ROOTS),
        "inclusions": [{"index": i, "size": n, "hashes": list(p)} for i, n, p in published.INCLUSIONS],
        "consistencies": [{"old": m, "new": n, "hashes": list(p)} for m, n, p in published.CONSISTENCIES],
    }


def tree() -> dict[str, Any]:
    """Return roots and proofs of the tree whose entries are "entry 0", "entry 1", …"""
    leaves = [leaf(index) for index in range(TREE)]
    inclusions = [(index, size) for size in SIZES for index in PLACES if index < size]
    consistencies = [*pairwise((0, *SIZES)), *((old, TREE) for old in SIZES)]
    return {
        "size": TREE,
        "roots": [{"size": size, "root": std_b64(oracle.mth(leaves[:size]))} for size in (0, *SIZES)],
        "inclusions": [
            {"index": index, "size": size, "hashes": _b64_all(oracle.path(index, leaves[:size]))}
            for index, size in inclusions
        ],
        "consistencies": [
            {"old": old, "new": new, "hashes": _b64_all(oracle.proof(old, leaves[:new]) if old else [])}
            for old, new in consistencies
        ],
    }


def entries() -> list[dict[str, Any]]:
    """Return one entry of each kind of which there is a statement already."""
    digest = b64(seed("file"))
    statements: list[tuple[Kind, dict[str, Any]]] = [
        (Kind.PADDING, {}),
        (Kind.ACCOUNT_KEY, {"account": ACCOUNT, "key": b64(seed("key"))}),
        (Kind.DEVICE_LIST, {"account": ACCOUNT, "version": 2, "list": digest}),
        (Kind.VOUCHING, {"interpreter": ACCOUNT, "owner": ACCOUNT[::-1], "statement": digest}),
        (
            Kind.EQUIPMENT,
            {"kind": "interpreter", "id": ACCOUNT, "software": "portal", "version": "1.0", "sha256": digest},
        ),
        (Kind.RELEASE, {"version": "1.0", "manifest": digest}),
        (Kind.ROOM_ROOT, {"room": ACCOUNT, "number": 17, "head": digest}),
        (Kind.SUBMISSION, {"week": "2026-W48", "lang": "ko", "text": digest}),
        (Kind.DECISION, {"subject": "topic:3", "code": "merged", "reason": digest, "supersedes": 4}),
        (Kind.BALLOTS, {"week": "2026-W48", "file": digest}),
        (Kind.AGENDA, {"week": "2026-W48", "file": digest, "revision": 1}),
        (Kind.HALL, {"hall": "2026-W48", "number": 3, "what": "minutes", "file": digest}),
    ]
    return [_entry(kind, statement) for kind, statement in statements]


def _entry(kind: Kind, statement: dict[str, Any]) -> dict[str, Any]:
    nonce = seed(f"nonce {kind}")
    tag = device_list_tag(ACCOUNT) if kind is Kind.DEVICE_LIST else seed(f"tag {kind}")[:16]
    made = Entry(kind, tag, commitment(kind, nonce, statement))
    return {
        "kind": int(kind),
        "name": kind.name.lower(),
        "statement": statement,
        "canonical": canonical_json(statement).decode(),
        "nonce": b64(nonce),
        "tag": b64(tag),
        "commitment": b64(made.commitment),
        "entry": b64(made.to_bytes()),
        "leaf": b64(leaf_hash(made.to_bytes())),
    }


def notes() -> dict[str, Any]:
    """Return keys, a checkpoint of the tree, its cosignatures, and the messages that were signed."""
    log = NoteSigner.from_seed(ORIGIN, seed("log"))
    witnesses = [
        Cosigner.from_seed("north.example/witness", ED25519_COSIGNATURE, seed("north")),
        Cosigner.from_seed("south.example/witness", ML_DSA_44_COSIGNATURE, seed("south")),
    ]
    leaves = [leaf(index) for index in range(TREE)]
    checkpoint = Checkpoint(ORIGIN, TREE, oracle.mth(leaves))
    signed = log.sign(checkpoint.to_text())
    cosigned = Note(signed.text, (*signed.signatures, *(one.cosign(checkpoint, AT_S) for one in witnesses)))
    proof = LedgerProof(257, tuple(oracle.path(257, leaves)), cosigned)
    return {
        "published": {"note": published.NOTE, "vkey": published.VKEY},
        "origin": ORIGIN,
        "vkey": log.key.to_text(),
        "seed": b64(seed("log")),
        "checkpoint": signed.to_text(),
        "witnesses": [
            {
                "name": one.name,
                "kind": one.key.kind,
                "vkey": one.key.to_text(),
                "at": AT_S,
                "message": std_b64(cosigned_message(one.key.kind, one.name, checkpoint, AT_S)),
            }
            for one in witnesses
        ],
        "cosigned": cosigned.to_text(),
        "proof": {"entry": leaf(257).decode(), "index": 257, "text": proof.to_text()},
    }


def tiles() -> dict[str, Any]:
    """Return paths of tiles, their widths in the tree, and a bundle."""
    places = [
        TilePlace(0, 0, 256),
        TilePlace(0, 2, 88),
        TilePlace(1, 0, 2),
        TilePlace(None, 999, 256),
        TilePlace(None, 1000, 1),
        TilePlace(0, 1_234_067, 256),
        TilePlace(6, 31, 255),
    ]
    first = [leaf(index) for index in range(3)]
    return {
        "paths": [
            {"path": one.to_text(), "level": one.level, "index": one.index, "width": one.width} for one in places
        ],
        "not_paths": [
            "0/1",
            "0/0001",
            "7/000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/07",
            "0/x000/001",
            "entries",
            "0/000/",
        ],
        "widths": [
            {"size": size, "level": level, "index": index, "width": width_in(size, level, index)}
            for size in (1, 255, 256, 257, 70_000)
            for level in (0, 1, 2)
            for index in (0, 1, 273)
        ],
        "bundle": {"entries": [one.decode() for one in first], "raw": std_b64(bundle(first))},
    }


def policies() -> dict[str, Any]:
    """Return policies with the sets of witnesses that meet them and do not, and texts that are none."""
    keys = [Cosigner.from_seed(f"{one}.example", ED25519_COSIGNATURE, seed(one)).key.to_text() for one in "abc"]
    log = NoteSigner.from_seed(ORIGIN, seed("log")).key.to_text()
    lines = "".join(f"witness {name} {key}\n" for name, key in zip("abc", keys, strict=True))
    two = f"# two of three\nlog {log} https://portal.example/\n{lines}group most 2 a b c\nquorum most\n"
    nested = f"{lines}group ab all a b\ngroup every any ab c\nquorum every\n"
    return {
        "policies": [
            {"text": two, "met": [["a", "b"], ["a", "b", "c"]], "unmet": [[], ["a"], ["x", "y"]]},
            {"text": nested, "met": [["a", "b"], ["c"]], "unmet": [["a"], ["b"]]},
            {"text": f"{lines}\tquorum  none \n", "met": [[]], "unmet": []},
        ],
        "refused": [
            "",
            lines,
            f"{lines}quorum d\n",
            f"{lines}quorum a\nquorum b\n",
            f"{lines}group most 4 a b c\nquorum most\n",
            f"{lines}group most 0 a b c\nquorum most\n",
            f"{lines}group one any a\ngroup two any a\nquorum two\n",
            f"{lines}group none any a\nquorum none\n",
            f"witness a {keys[0]}\nwitness b {keys[0]}\nquorum a\n",
            f"witness a {log}\nquorum a\n",
            f"log {keys[0]}\nquorum none\n",
            f"{lines}\r\nquorum a\n",
        ],
    }


def refused() -> dict[str, list[str]]:
    """Return texts that look like the formats, and are not."""
    root = std_b64(bytes(32))
    line = published.NOTE.split("\n")[2]
    return {
        "notes": [
            "",
            "text\n",
            f"text\n\n{line}",
            f"text\n{line}\n",
            f"text\n\n\n{line}\n\n",
            f"te\txt\n\n{line}\n",
            f"text\n\n{line} \n",
            f"text\n\n- {line[2:]}\n",
            f"text\n\n{line.replace('foo', 'f+o')}\n",
            f"text\n\n{line[:-1]}\n",
            "text\n\n\u2014 name AAAAAA==\n",
        ],
        "checkpoints": [
            f"{ORIGIN}\n1\n{root}",
            f"{ORIGIN}\n01\n{root}\n",
            f"{ORIGIN}\n-1\n{root}\n",
            f"{ORIGIN}\n0\n{root}\n",
            f"{ORIGIN}\n9007199254740992\n{root}\n",
            f"{ORIGIN}\n1\n{root[:-1]}\n",
            f"{ORIGIN}\n1\n{root}\nextension\n",
            f"a b\n1\n{root}\n",
            f"\n1\n{root}\n",
        ],
        "vkeys": [
            published.VKEY.replace("530d903a", "530d903b"),
            published.VKEY.replace("530d903a", "530D903A"),
            published.VKEY[:-1],
            published.VKEY.replace("example.com/foo", ""),
            "name",
        ],
    }


def _b64_all(hashes: list[bytes]) -> list[str]:
    return [std_b64(one) for one in hashes]


def main() -> None:
    """Write the file."""
    made = {
        "rfc6962": rfc6962(),
        "tree": tree(),
        "entries": entries(),
        "device_list_tag": {"account": ACCOUNT, "tag": b64(device_list_tag(ACCOUNT))},
        "notes": notes(),
        "tiles": tiles(),
        "policies": policies(),
        "refused": refused(),
    }
    (VECTORS / "ledger.json").write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
