"""Every refusal of this package: one tree of errors, with a closed list of codes.

Four kinds, by what the caller can do about them: bytes that are no such structure, a structure that breaks a rule, a
signature, tag or ciphertext that is not what it should be, and a request that the caller should not have made.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NoReturn

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # MalformedError
        "malformed.truncated": "the bytes end too early",
        "malformed.trailing": "bytes are left after the end",
        "malformed.length": "a length is not written in its shortest form, or is of eight bytes",
        "malformed.value": "a field holds a value that it can not have",
        "malformed.padding": "padding is not all zeros",
        "malformed.tree": "a ratchet tree of an impossible shape",
        "malformed.state": "stored bytes of another version, or damaged",
        # RefusedError
        "suite.unsupported": "a cipher suite that this package does not have",
        "suite.other": "another cipher suite or version than the group's",
        "group.other": "made for another group",
        "epoch.other": "made for another epoch than the one that the group is in",
        "epoch.gone": "of an epoch whose keys were deleted",
        "sender.unknown": "nobody is at the sender's place",
        "sender.own": "made by this member itself",
        "sender.kind": "senders of this kind are not accepted",
        "message.kind": "another kind of message than the one that is due here",
        "message.public": "application data in a public message",
        "generation.used": "a message key that was used, or deleted, already",
        "generation.far": "a generation too far ahead",
        "leaf.source": "a leaf node from another source than this place demands",
        "leaf.capabilities": "a leaf that can not do what the group needs",
        "leaf.lifetime": "a leaf that is not valid now",
        "leaf.key": "a public key that nothing can be sealed to",
        "leaf.unchanged_key": "an update that keeps the old encryption key",
        "leaf.changed_identity": "an update with another credential or signature key",
        "leaf.duplicate": "a signature or encryption key comes twice in the group",
        "leaf.refused": "the application does not accept this leaf",
        "key_package.key": "the init key is the leaf's encryption key, or none that can be sealed to",
        "tree.hash": "the tree is not the one that the group's context names",
        "tree.parent_hash": "a parent hash does not match",
        "tree.unmerged": "unmerged leaves that are not below their node, not sorted, or unknown in between",
        "tree.blank": "the place is blank or outside of the tree",
        "tree.own": "the tree does not hold this member's leaf",
        "proposal.unknown": "a reference to a proposal that is not here",
        "proposal.kind": "proposals of this kind are not accepted",
        "proposal.reference": "proposals by reference are not accepted",
        "proposal.own_update": "a commit with an update of its own committer",
        "proposal.own_removal": "a commit that removes its own committer",
        "proposal.conflict": "two proposals that can not both hold",
        "proposal.extensions": "group extensions that a member does not support, or twice the same",
        "commit.no_path": "a commit without the path that it needs",
        "commit.path_shape": "a path of another length, or with other ciphertexts, than the tree demands",
        "commit.path_key": "a public key in the path that nothing can be sealed to",
        "commit.path_secret": "the path's public keys do not belong to its secrets",
        "commit.refused": "the application does not accept this commit",
        "psk.unknown": "a pre-shared key that this member does not have",
        "psk.malformed": "a pre-shared key's name with a nonce of another length, or an unfit use",
        "psk.duplicate": "the same pre-shared key twice",
        "welcome.not_ours": "the Welcome is not for this key package",
        "welcome.no_tree": "the ratchet tree came neither with the Welcome nor beside it",
        "welcome.other_commit": "the Welcome does not belong to the commit beside it",
        # BrokenError
        "signature.leaf": "a leaf node is not signed by its own key",
        "signature.key_package": "a key package is not signed by its own key",
        "signature.message": "a message is not signed by its sender",
        "signature.group_info": "a group info is not signed by its signer",
        "tag.membership": "a membership tag does not match",
        "tag.confirmation": "a confirmation tag does not match",
        "cipher.message": "a private message does not open",
        "cipher.path": "a path secret does not open",
        "cipher.welcome": "a Welcome does not open",
        # MisuseError
        "use.member": "who is to be removed is not in the group",
        "use.key": "a key of the wrong length, or that does not belong to the leaf",
        "use.size": "more than MLS can hold",
    }
)


class MlsError(Exception):
    """Something was not accepted; nothing was changed.

    ``code`` is from the closed list, ``detail`` names what it is about: indices and lengths, never keys or content.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        if code not in CODES:
            msg = f"no such code: {code}"
            raise KeyError(msg)
        super().__init__(f"{code}: {CODES[code]}" + (f" ({detail})" if detail else ""))
        self.code = code
        self.detail = detail


class MalformedError(MlsError):
    """Bytes that are no such structure of RFC 9420."""


class RefusedError(MlsError):
    """A well-formed structure that breaks a rule of RFC 9420, of the group or of the application."""


class BrokenError(MlsError):
    """A signature, tag or ciphertext that is not what it should be."""


class MisuseError(MlsError):
    """The caller asked for what can not be done."""


def refuse(code: str, detail: str = "") -> NoReturn:
    """Raise RefusedError with ``code``."""
    raise RefusedError(code, detail)
