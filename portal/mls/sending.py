"""What a member says besides commits: proposals, and application messages (RFC 9420 §12.1, §15)."""

from dataclasses import dataclass, replace
from types import MappingProxyType

from portal.mls.errors import MisuseError
from portal.mls.group import Group
from portal.mls.leaf import LeafSource
from portal.mls.proposals import Proposal, Update
from portal.mls.protection import protect_private, protect_public
from portal.mls.rules import Rules
from portal.mls.sealing import KeyPair, generate_key_pair
from portal.mls.signing import sign_with_label
from portal.mls.wire_format import WireFormat

PADDED_TO_BYTES = 256


@dataclass(frozen=True, slots=True, repr=False)
class Sending:
    """A message, and the state after it: store ``group`` first, then send ``message``."""

    group: Group
    message: bytes


def protect(group: Group, data: bytes, authenticated_data: bytes = b"") -> Sending:
    """Make an application message: a private one, padded to a multiple of 256 bytes of ``data``.

    The key that it takes is gone from the group that comes back. Store that before sending.
    """
    signed = group.sign(data, authenticated_data, WireFormat.PRIVATE_MESSAGE)
    padding = -len(data) % PADDED_TO_BYTES
    message, messages = protect_private(group.suite, signed, group.secrets.sender_data, group.messages, padding)
    return Sending(replace(group, messages=messages), message)


def propose(group: Group, proposal: Proposal, rules: Rules, authenticated_data: bytes = b"") -> Sending:
    """Make a public message with a proposal; it is kept in the group that comes back, for this member to commit too.

    Raises:
        MlsError: what would make others refuse it; use.member for an Update, which ``propose_update`` makes.
    """
    if isinstance(proposal, Update):
        raise MisuseError("use.member", "an update needs its private key")
    return _propose(group, proposal, rules, authenticated_data)


def propose_update(group: Group, rules: Rules, authenticated_data: bytes = b"") -> Sending:
    """Propose new keys for this member's leaf (§12.1.2). The private one is kept until somebody commits it."""
    pair = generate_key_pair(group.suite)
    before = group.public.tree.member(group.own_leaf)
    changed = replace(before, encryption_key=pair.public, source=LeafSource.UPDATE, lifetime=None, parent_hash=b"")
    signed = sign_with_label(group.seed, "LeafNodeTBS", changed.signed_bytes(group.group_id, group.own_leaf))
    return _propose(group, Update(changed.with_signature(signed)), rules, authenticated_data, pair)


def _propose(
    group: Group, proposal: Proposal, rules: Rules, authenticated_data: bytes, pair: KeyPair | None = None
) -> Sending:
    signed = group.sign(proposal, authenticated_data, WireFormat.PUBLIC_MESSAGE)
    updates = dict(group.updates)
    if pair is not None:
        updates[signed.proposal_ref(group.suite)] = pair
    following = replace(group, public=group.public.with_proposal(signed, rules), updates=MappingProxyType(updates))
    message = protect_public(group.suite, signed, group.secrets.membership_key, group.public.context)
    return Sending(following, message)
