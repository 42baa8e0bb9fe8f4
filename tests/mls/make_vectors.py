"""Writes tests/vectors/mls_room_suite.json: a group that ts-mls made in the room suite, as a member here follows it.

The form is that of the official passive-client vectors. Run it where the protocol changes, with the client's packages
installed: ``.venv/bin/python -m tests.mls.make_vectors``.
"""

import json
from pathlib import Path
from typing import Any, Final

from portal.mls.codec import Reader
from portal.mls.suites import XWING_AES256
from tests.mls.peer import Peer, running_peer
from tests.mls.people import Person

FILE: Final = Path(__file__).resolve().parents[1] / "vectors/mls_room_suite.json"


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


def main() -> None:
    """Write the file anew."""
    with running_peer("library_peer.mjs") as library:
        library.ask("suite", number=XWING_AES256.number)
        made = [passive_client(library)]
    FILE.write_text(json.dumps(made, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
