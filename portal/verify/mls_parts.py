"""The official MLS test vectors of single parts: codec, tree, key schedule, framing.

The formats are described in the folder ``test-vectors.md`` of mlswg/mls-implementations. A check returns if the entry
is right, and raises CheckError or MlsError if not.
"""

from collections.abc import Mapping
from typing import Any, Final

from portal.mls import tree_math
from portal.mls.codec import Reader, S, decode, length
from portal.mls.commits import Commit, HpkeCiphertext
from portal.mls.context import GroupContext, GroupInfo
from portal.mls.derive import derive_secret, derive_tree_secret, expand_with_label, mac
from portal.mls.framing import (
    AuthenticatedContent,
    Content,
    ContentType,
    FramedContent,
    PrivateMessage,
    PublicMessage,
    Sender,
    SenderType,
    confirmed_transcript_hash,
    interim_transcript_hash,
    read_content,
    write_content,
)
from portal.mls.key_packages import KeyPackage
from portal.mls.key_schedule import export, joiner_secret, psk_secret, secrets_of, welcome_secret
from portal.mls.proposals import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    Psk,
    PskId,
    PskType,
    ReInit,
    Remove,
    Update,
    read_proposal,
)
from portal.mls.protection import open_private, open_public, protect_private, protect_public
from portal.mls.ratchet_tree import RatchetTree
from portal.mls.sealing import decrypt_with_label, derive_key_pair, encrypt_with_label, key_pair
from portal.mls.secret_tree import RatchetKind, SecretTree
from portal.mls.signing import sign_with_label
from portal.mls.suites import Suite, ref_hash, suite_of, verify_with_label
from portal.mls.tree_checks import check_tree
from portal.mls.welcome_format import GroupSecrets, Welcome
from portal.mls.wire_format import WireFormat, open_message

Entry = Mapping[str, Any]


class CheckError(Exception):
    """Something came out otherwise than the vector says."""


def equal(found: object, due: object, what: str) -> None:
    """Raise CheckError unless both are the same; bytes are compared with hexadecimal text."""
    if (found.hex() if isinstance(found, bytes) else found) != due:
        raise CheckError(what)


def unhex(text: str) -> bytes:
    """Return the bytes that a vector writes as hexadecimal."""
    return bytes.fromhex(text)


def check_tree_math(entry: Entry) -> None:
    """tree-math.json."""
    leaves = entry["n_leaves"]
    equal(tree_math.node_width(leaves), entry["n_nodes"], "n_nodes")
    equal(tree_math.root(leaves), entry["root"], "root")
    for node in range(entry["n_nodes"]):
        equal(tree_math.left(node), entry["left"][node], f"left of {node}")
        equal(tree_math.right(node), entry["right"][node], f"right of {node}")
        equal(tree_math.parent(node, leaves), entry["parent"][node], f"parent of {node}")
        equal(tree_math.sibling(node, leaves), entry["sibling"][node], f"sibling of {node}")


def check_deserialization(entry: Entry) -> None:
    """deserialization.json: lengths of vectors."""
    header = unhex(entry["vlbytes_header"])
    reader = Reader(header)
    equal(reader.length(), entry["length"], "length")
    reader.end()
    equal(length(entry["length"]), entry["vlbytes_header"], "header")


def check_crypto_basics(entry: Entry) -> None:
    """crypto-basics.json."""
    suite = suite_of(entry["cipher_suite"])
    part = entry["ref_hash"]
    equal(ref_hash(suite, part["label"], unhex(part["value"])), part["out"], "ref_hash")
    part = entry["expand_with_label"]
    secret, label, context = unhex(part["secret"]), part["label"], unhex(part["context"])
    equal(expand_with_label(suite, secret, label, context, part["length"]), part["out"], "expand_with_label")
    part = entry["derive_secret"]
    equal(derive_secret(suite, unhex(part["secret"]), part["label"]), part["out"], "derive_secret")
    part = entry["derive_tree_secret"]
    secret, label = unhex(part["secret"]), part["label"]
    derived = derive_tree_secret(suite, secret, label, part["generation"], part["length"])
    equal(derived, part["out"], "derive_tree_secret")
    part = entry["sign_with_label"]
    public, label, content = unhex(part["pub"]), part["label"], unhex(part["content"])
    verify_with_label(public, label, content, unhex(part["signature"]), "signature.message")
    equal(sign_with_label(unhex(part["priv"]), label, content), part["signature"], "sign_with_label")
    _check_sealing(suite, entry["encrypt_with_label"])


def _check_sealing(suite: Suite, part: Entry) -> None:
    pair = key_pair(suite, unhex(part["priv"]))
    equal(pair.public, part["pub"], "public key")
    label, context = part["label"], unhex(part["context"])
    for sealed in (
        HpkeCiphertext(unhex(part["kem_output"]), unhex(part["ciphertext"])),
        encrypt_with_label(suite, pair.public, label, context, unhex(part["plaintext"])),
    ):
        opened = decrypt_with_label(suite, pair.private, label, context, sealed, code="cipher.message")
        equal(opened, part["plaintext"], "encrypt_with_label")


def check_secret_tree(entry: Entry) -> None:
    """secret-tree.json."""
    suite = suite_of(entry["cipher_suite"])
    part = entry["sender_data"]
    secret, sample = unhex(part["sender_data_secret"]), unhex(part["ciphertext"])[: suite.hash_bytes]
    equal(expand_with_label(suite, secret, "key", sample, suite.key_bytes), part["key"], "sender data key")
    equal(expand_with_label(suite, secret, "nonce", sample, suite.nonce_bytes), part["nonce"], "sender data nonce")
    tree = SecretTree.of(suite, unhex(entry["encryption_secret"]), len(entry["leaves"]))
    for leaf, generations in enumerate(entry["leaves"]):
        for due in generations:
            for kind in RatchetKind:
                tree, key = tree.key(leaf, kind, due["generation"])
                name = kind.name.lower()
                equal(key.key, due[f"{name}_key"], f"{name} key of leaf {leaf}")
                equal(key.nonce, due[f"{name}_nonce"], f"{name} nonce of leaf {leaf}")


def check_key_schedule(entry: Entry) -> None:
    """key-schedule.json."""
    suite, group_id = suite_of(entry["cipher_suite"]), unhex(entry["group_id"])
    init = unhex(entry["initial_init_secret"])
    for epoch, due in enumerate(entry["epochs"]):
        tree_hash, transcript = unhex(due["tree_hash"]), unhex(due["confirmed_transcript_hash"])
        context = GroupContext(suite.number, group_id, epoch, tree_hash, transcript)
        equal(context.encode(), due["group_context"], "group context")
        joiner = joiner_secret(suite, init, unhex(due["commit_secret"]), context)
        equal(joiner, due["joiner_secret"], "joiner secret")
        psk = unhex(due["psk_secret"])
        equal(welcome_secret(suite, joiner, psk), due["welcome_secret"], "welcome secret")
        secrets = secrets_of(suite, joiner, psk, context)
        equal(secrets.init, due["init_secret"], "init secret")
        for name in ("sender_data", "encryption", "exporter", "external"):
            equal(getattr(secrets, name), due[f"{name}_secret"], name)
        for name in ("epoch_authenticator", "confirmation_key", "membership_key", "resumption_psk"):
            equal(getattr(secrets, name), due[name], name)
        equal(derive_key_pair(suite, secrets.external).public, due["external_pub"], "external public key")
        part = due["exporter"]
        exported = export(suite, secrets.exporter, part["label"], unhex(part["context"]), part["length"])
        equal(exported, part["secret"], "exporter")
        init = secrets.init


def check_psk_secret(entry: Entry) -> None:
    """psk_secret.json."""
    suite = suite_of(entry["cipher_suite"])
    psks = [
        (PskId(PskType.EXTERNAL, unhex(one["psk_nonce"]), identifier=unhex(one["psk_id"])), unhex(one["psk"]))
        for one in entry["psks"]
    ]
    equal(psk_secret(suite, psks), entry["psk_secret"], "psk_secret")


def check_transcript_hashes(entry: Entry) -> None:
    """transcript-hashes.json."""
    suite = suite_of(entry["cipher_suite"])
    commit = decode(AuthenticatedContent, unhex(entry["authenticated_content"]))
    equal(commit.encode(), entry["authenticated_content"], "authenticated content")
    before = unhex(entry["interim_transcript_hash_before"])
    confirmed = confirmed_transcript_hash(suite, before, commit)
    equal(confirmed, entry["confirmed_transcript_hash_after"], "confirmed transcript hash")
    tag = mac(suite, unhex(entry["confirmation_key"]), confirmed)
    equal(tag, commit.confirmation_tag.hex(), "confirmation tag")
    interim = interim_transcript_hash(suite, confirmed, tag)
    equal(interim, entry["interim_transcript_hash_after"], "interim transcript hash")


def check_tree_operations(entry: Entry) -> None:
    """tree-operations.json."""
    suite = suite_of(entry["cipher_suite"])
    tree = decode(RatchetTree, unhex(entry["tree_before"]))
    equal(tree.root_hash(suite), entry["tree_hash_before"], "tree hash before")
    reader = Reader(unhex(entry["proposal"]))
    proposal = read_proposal(reader)
    reader.end()
    match proposal:
        case Add():
            tree, _ = tree.with_leaf_added(proposal.package.leaf)
        case Update():
            tree = tree.with_leaf_updated(entry["proposal_sender"], proposal.leaf)
        case Remove():
            tree = tree.with_leaf_removed(proposal.removed)
        case _:
            what = "kind of proposal"
            raise CheckError(what)
    equal(tree.encode(), entry["tree_after"], "tree after")
    equal(tree.root_hash(suite), entry["tree_hash_after"], "tree hash after")


def check_tree_validation(entry: Entry) -> None:
    """tree-validation.json."""
    suite, group_id = suite_of(entry["cipher_suite"]), unhex(entry["group_id"])
    tree = decode(RatchetTree, unhex(entry["tree"]))
    equal(tree.encode(), entry["tree"], "tree")
    equal([one.hex() for one in tree.hashes(suite)], entry["tree_hashes"], "tree hashes")
    equal([tree.resolution(place) for place in range(len(tree.nodes))], entry["resolutions"], "resolutions")
    check_tree(tree, suite)
    for member in tree.members():
        member.leaf.verify(group_id, member.index)


_STRUCTURES: Final = {
    "ratchet_tree": RatchetTree,
    "group_secrets": GroupSecrets,
    "add_proposal": Add,
    "update_proposal": Update,
    "remove_proposal": Remove,
    "pre_shared_key_proposal": Psk,
    "re_init_proposal": ReInit,
    "external_init_proposal": ExternalInit,
    "group_context_extensions_proposal": GroupContextExtensions,
    "commit": Commit,
}
_MESSAGES: Final = {
    "mls_welcome": (WireFormat.WELCOME, Welcome),
    "mls_group_info": (WireFormat.GROUP_INFO, GroupInfo),
    "mls_key_package": (WireFormat.KEY_PACKAGE, KeyPackage),
    "public_message_application": (WireFormat.PUBLIC_MESSAGE, PublicMessage),
    "public_message_proposal": (WireFormat.PUBLIC_MESSAGE, PublicMessage),
    "public_message_commit": (WireFormat.PUBLIC_MESSAGE, PublicMessage),
    "private_message": (WireFormat.PRIVATE_MESSAGE, PrivateMessage),
}


def check_messages(entry: Entry) -> None:
    """messages.json: every structure is read, and written as it was."""
    for name, text in entry.items():
        raw = unhex(text)
        if name in _MESSAGES:
            wire_format, structure = _MESSAGES[name]
            found, raw = open_message(raw)
            equal(found, wire_format, name)
            _check_round_trip(structure, raw, name)
        else:
            _check_round_trip(_STRUCTURES[name], raw, name)


def _check_round_trip(structure: type[S], raw: bytes, name: str) -> None:
    equal(decode(structure, raw).encode(), raw.hex(), name)


class _Protection:
    """The group of message-protection.json: two members, of whom the second one sends."""

    SENDER: Final = 1
    RECEIVER: Final = 0
    LEAVES: Final = 2

    def __init__(self, entry: Entry) -> None:
        self.suite = suite_of(entry["cipher_suite"])
        tree_hash, transcript = unhex(entry["tree_hash"]), unhex(entry["confirmed_transcript_hash"])
        group_id, epoch = unhex(entry["group_id"]), entry["epoch"]
        self.context = GroupContext(self.suite.number, group_id, epoch, tree_hash, transcript)
        self.seed, self.public = unhex(entry["signature_priv"]), unhex(entry["signature_pub"])
        self.membership_key = unhex(entry["membership_key"])
        self.sender_data = unhex(entry["sender_data_secret"])
        self.keys = SecretTree.of(self.suite, unhex(entry["encryption_secret"]), self.LEAVES)

    def open_private(self, raw: bytes) -> AuthenticatedContent:
        message = decode(PrivateMessage, open_message(raw)[1])
        opened, _ = open_private(self.suite, message, self.sender_data, self.keys, self.RECEIVER)
        opened.verify(self.public, self.context)
        return opened

    def open_public(self, raw: bytes) -> AuthenticatedContent:
        message = decode(PublicMessage, open_message(raw)[1])
        open_public(self.suite, message, self.membership_key, self.context)
        message.authenticated.verify(self.public, self.context)
        return message.authenticated

    def sign(self, content: Content, wire_format: WireFormat, tag: bytes) -> AuthenticatedContent:
        sender = Sender(SenderType.MEMBER, self.SENDER)
        framed = FramedContent(self.context.group_id, self.context.epoch, sender, b"", content)
        message = AuthenticatedContent(wire_format, framed, b"", tag)
        signature = sign_with_label(self.seed, "FramedContentTBS", message.signed_bytes(self.context))
        return message.with_signature(signature)


def check_message_protection(entry: Entry) -> None:
    """message-protection.json."""
    group = _Protection(entry)
    kinds = (
        ("proposal", ContentType.PROPOSAL),
        ("commit", ContentType.COMMIT),
        ("application", ContentType.APPLICATION),
    )
    for name, kind in kinds:
        private = group.open_private(unhex(entry[f"{name}_priv"]))
        due = entry[name] if kind is not ContentType.APPLICATION else write_content(unhex(entry[name])).hex()
        equal(write_content(private.framed.content), due, f"{name}, private")
        if kind is not ContentType.APPLICATION:
            public = group.open_public(unhex(entry[f"{name}_pub"]))
            equal(write_content(public.framed.content), due, f"{name}, public")
        content = read_content(Reader(unhex(due)), kind)
        made = group.sign(content, WireFormat.PRIVATE_MESSAGE, private.confirmation_tag)
        raw, _ = protect_private(group.suite, made, group.sender_data, group.keys, padding_bytes=7)
        equal(write_content(group.open_private(raw).framed.content), due, f"{name}, made here, private")
        if kind is not ContentType.APPLICATION:
            made = group.sign(content, WireFormat.PUBLIC_MESSAGE, private.confirmation_tag)
            raw = protect_public(group.suite, made, group.membership_key, group.context)
            equal(write_content(group.open_public(raw).framed.content), due, f"{name}, made here, public")


def check_welcome(entry: Entry) -> None:
    """welcome.json."""
    suite = suite_of(entry["cipher_suite"])
    package = decode(KeyPackage, open_message(unhex(entry["key_package"]))[1])
    welcome = decode(Welcome, open_message(unhex(entry["welcome"]))[1])
    secrets = welcome.open_secrets(suite, package.ref, unhex(entry["init_priv"]))
    psk = psk_secret(suite, [])
    info = welcome.open_info(suite, secrets.joiner_secret, psk)
    info.verify(unhex(entry["signer_pub"]))
    epoch = secrets_of(suite, secrets.joiner_secret, psk, info.context)
    tag = mac(suite, epoch.confirmation_key, info.context.confirmed_transcript_hash)
    equal(tag, info.confirmation_tag.hex(), "confirmation tag")
