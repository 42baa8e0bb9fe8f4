"""A device list that somebody else signed, put in the place of an account's own: what a hostile host could do."""

import base64
import hashlib
import json
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.wire.canonical import canonical_json
from portal.wire.device_list import LABEL, SignedStatement, read_device_list


def replaced_identity(database: Path, handle: str) -> None:
    """Give the account of this sign-in name another sign key, with a device list that is sound in itself.

    The account's real devices are listed with their real keys, so that nothing but the account key is another one.
    """
    connection = sqlite3.connect(database)
    try:
        (account,) = connection.execute("SELECT id FROM account WHERE handle = ?", (handle,)).fetchone()
        old = connection.execute(
            "SELECT body FROM device_statement WHERE account_id = ? ORDER BY seq", (account,)
        ).fetchall()
        chain = _resigned([json.loads(body) for (body,) in old])
        connection.execute("DELETE FROM device_statement WHERE account_id = ?", (account,))
        connection.executemany(
            "INSERT INTO device_statement (account_id, seq, body, signature) VALUES (?, ?, ?, ?)",
            [(account, seq, statement.body, statement.signature) for seq, statement in enumerate(chain)],
        )
        connection.commit()
    finally:
        connection.close()


def _resigned(bodies: list[dict[str, object]]) -> list[SignedStatement]:
    key = Ed25519PrivateKey.generate()
    public = key.public_key()
    chain: list[SignedStatement] = []
    for fields in bodies:
        if fields["op"] == "found":
            fields["sign"] = _b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
        fields["prev"] = _b64(hashlib.sha256(LABEL + chain[-1].body).digest()) if chain else ""
        body = canonical_json(fields)
        chain.append(SignedStatement(body, key.sign(LABEL + body)))

    def accepts(_sign: bytes, message: bytes, signature: bytes) -> bool:
        public.verify(signature, message)  # raises InvalidSignature
        return True

    read_device_list(chain, accepts)
    return chain


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
