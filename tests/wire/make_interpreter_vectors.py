"""Writes tests/vectors/interpreters.json: interpreters, asides and private translations as other libraries make them.

Run it after a change of the protocol: ``.venv/bin/python -m tests.wire.make_interpreter_vectors``. Its readers are
tests/member/test_vectors.py and static/test/e2ee/interpreter_vectors.test.ts.
"""

import hashlib
import json
import secrets
from typing import Any, Final

from nacl.signing import SigningKey

from portal.wire.canonical import canonical_json
from portal.wire.ids import b64, id_bytes, new_id
from tests.wire.browser_vectors import VECTORS
from tests.wire.make_vectors import padded, sealed
from tests.wire.sealing import box_key, box_suite

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ROOM: Final = new_id()
OWNER: Final = new_id()
OWNER_SIGN: Final = SigningKey.generate()
INTERPRETER: Final = new_id()
INTERPRETER_SIGN: Final = SigningKey.generate()
DEVICE: Final = new_id()
DEVICE_KEY: Final = SigningKey.generate()


def statements() -> list[dict[str, str]]:
    """Return the interpreter's device list."""
    _, box = box_key(secrets.token_bytes(32))
    key = b64(DEVICE_KEY.verify_key.encode())
    label, made, prev = b"portal device list v1\0", [], ""
    bodies: list[dict[str, Any]] = [
        {"op": "found", "sign": b64(INTERPRETER_SIGN.verify_key.encode()), "box": b64(box)},
        {"op": "add", "device": DEVICE, "key": key, "kind": "interpreter", "vault": 1},
    ]
    for seq, own in enumerate(bodies):
        common: dict[str, Any] = {"account": INTERPRETER, "at": 1_790_000_000, "v": 1, "seq": seq, "prev": prev}
        body = canonical_json(common | own)
        prev = b64(hashlib.sha256(label + body).digest())
        made.append({"body": b64(body), "sig": b64(INTERPRETER_SIGN.sign(label + body).signature)})
    return made


def enrolment() -> dict[str, str]:
    """Return a request and its code, written digit by digit."""
    keys = {"key": b64(DEVICE_KEY.verify_key.encode()), "sign": b64(INTERPRETER_SIGN.verify_key.encode())}
    request = canonical_json(
        {"account": INTERPRETER, "device": DEVICE, "machine": "booth 3", "op": "enrol", "v": 1} | keys
    )
    digest = hashlib.sha256(b"portal enrolment v1\0" + request).digest()[:10]
    bits = "".join(f"{byte:08b}" for byte in digest)
    code = "".join(ALPHABET[int(bits[at : at + 5], 2)] for at in range(0, 80, 5))
    return {"request": b64(request), "code": " ".join(code[at : at + 4] for at in range(0, 16, 4))}


def vouching() -> dict[str, str]:
    """Return the owner's word."""
    word = {"account": INTERPRETER, "at": 1_790_000_100, "by": OWNER, "for": "delegation", "op": "vouch", "v": 1}
    body = canonical_json(word | {"sign": b64(INTERPRETER_SIGN.verify_key.encode())})
    return {"body": b64(body), "sig": b64(OWNER_SIGN.sign(b"portal interpreter v1\0" + body).signature)}


def aside(text: str, size_bytes: int) -> dict[str, str]:
    """Return an answer of the interpreter's to somebody with this seed."""
    seed, reader = secrets.token_bytes(32), new_id()
    info = b"portal aside v1\0" + id_bytes(ROOM) + id_bytes(INTERPRETER) + id_bytes(reader)
    content = text.encode()
    signature = DEVICE_KEY.sign(info + hashlib.sha256(content).digest()).signature
    plain = padded(id_bytes(DEVICE) + signature + content, size_bytes)
    box = box_suite().encrypt(plain, box_key(seed)[0].public_key(), info)
    return {"to": reader, "seed": b64(seed), "sealed": b64(box), "text": text}


def private() -> dict[str, str]:
    """Return a private key, sealed to somebody with this seed, and what is sealed under it."""
    seed, reader, key, value = secrets.token_bytes(32), new_id(), new_id(), secrets.token_bytes(32)
    info = b"portal private key v1\0" + id_bytes(ROOM) + id_bytes(key) + id_bytes(reader)
    text = "우리끼리: 12 %까지."
    aad = b"portal private v1\0" + id_bytes(ROOM) + id_bytes(DEVICE) + id_bytes(key)
    under = sealed(value, padded(text.encode(), 256), aad)
    given = box_suite().encrypt(value, box_key(seed)[0].public_key(), info)
    return {"to": reader, "seed": b64(seed), "key": key, "given": b64(given), "sealed": b64(under), "text": text}


def main() -> None:
    """Write the file anew."""
    made = {
        "room": ROOM,
        "owner": OWNER,
        "owner_sign": b64(OWNER_SIGN.verify_key.encode()),
        "account": INTERPRETER,
        "device": DEVICE,
        "statements": statements(),
        "enrolment": enrolment(),
        "vouching": vouching(),
        "asides": [aside("{}", 256), aside('{"t":"answer","text":"' + "합의합니다. " * 40 + '"}', 1024)],
        "private": private(),
    }
    (VECTORS / "interpreters.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
