"""Writes two files in tests/vectors: a group of ts-mls in the room suite, and a state as a member stored it.

The form of the first is that of the official passive-client vectors. Run it where the protocol changes, with the
client's packages installed: ``.venv/bin/python -m tests.mls.make_vectors``.
"""

import json
from pathlib import Path
from typing import Any, Final

from portal.mls.codec import Reader
from portal.mls.sending import propose_update, protect
from portal.mls.suites import XWING_AES256
from tests.mls.peer import Peer, running_peer
from tests.mls.people import RULES, Person, group_of

VECTORS: Final = Path(__file__).resolve().parents[1] / "vectors"
FILE: Final = VECTORS / "mls_room_suite.json"
STORED: Final = VECTORS / "mls_stored_group.json"


def passive_client(library: Peer) -> dict[str, Any]:
    """Return a vector: the member joins at the last of four leaves, and sees four commits."""
    library.ask("package", name="founder")
    library.ask("create", name="founder", group=b"made by ts-mls")
    pair, seed = (member := Person("member", XWING_AES256)).package(), member.seed
    others = [library.ask("package", name=name)["package"] for name in ("second", "third")]
    made = library.ask("commit", name="founder", add=[*others, pair.public.hex()])
    first = library.ask("state", name="founder")["authenticator"]
    epochs = []
    for change in ({}, {"add": [library.ask("package", name="late")["package"]]}, {"remove": [len(others) + 2]}, {}):
        commit = library.ask("commit", name="founder", **change)["commit"]
        state = library.ask("state", name="founder")
        epochs.append({"proposals": [], "commit": commit, "epoch_authenticator": state["authenticator"]})
    private = Reader(pair.private)
    init, encryption = private.opaque(), private.opaque()
    return {
        "cipher_suite": XWING_AES256.number,
        "external_psks": [],
        "key_package": pair.public.hex(),
        "signature_priv": seed.hex(),
        "encryption_priv": encryption.hex(),
        "init_priv": init.hex(),
        "welcome": made["welcome"],
        "ratchet_tree": None,
        "initial_epoch_authenticator": first,
        "epochs": epochs,
    }


def stored_group() -> dict[str, Any]:
    """Return a state with everything in it, as a member stored it, and a message that comes in afterwards."""
    ann, ben, cho = group_of("ann", "ben", "cho")
    update = propose_update(ann.group, RULES)
    ann.state = update.group
    late = protect(ben.group, "늦게 온 말".encode())
    ann.take(protect(late.group, b"earlier").message)
    ann.take(protect(cho.group, b"from another").message)
    return {
        "seed": ann.seed.hex(),
        "state": ann.group.encode().hex(),
        "exported": ann.group.export("stored", b"", 32).hex(),
        "members": ["ann", "ben", "cho"],
        "message": late.message.hex(),
        "text": "늦게 온 말",
    }


def main() -> None:
    """Write both files anew."""
    with running_peer("library_peer.mjs") as library:
        library.ask("suite", number=XWING_AES256.number)
        made = [passive_client(library)]
    FILE.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    STORED.write_text(json.dumps(stored_group(), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
