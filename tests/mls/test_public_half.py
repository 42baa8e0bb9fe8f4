"""Following a group without its secrets, and that this half does not even contain the other one."""

import subprocess
import sys
from dataclasses import replace

import pytest

from portal.mls.codec import decode
from portal.mls.committing import Change
from portal.mls.errors import MlsError
from portal.mls.leaf import Extension
from portal.mls.proposals import Remove
from portal.mls.public import PublicGroup, group_from_info, read_commit, read_group_info
from portal.mls.sending import propose, propose_update
from tests.mls.people import HISTORY, RULES, Person, group_of, refused

SECRET = {
    "committing",
    "derive",
    "group",
    "key_material",
    "key_schedule",
    "processing",
    "protection",
    "sealing",
    "secret_tree",
    "sending",
    "signing",
    "treekem",
    "welcome",
    "welcome_format",
}
SECRET_LIBRARIES = (
    "cryptography.hazmat.primitives.ciphers",
    "cryptography.hazmat.primitives.hpke",
    "cryptography.hazmat.primitives.kdf",
)


def test_the_public_half_loads_nothing_that_handles_secrets() -> None:
    script = "import sys, portal.mls.public; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "portal.mls.public" in loaded
    assert not {f"portal.mls.{name}" for name in SECRET} & loaded
    assert not [name for name in loaded if name.startswith(SECRET_LIBRARIES)]


def follower(person: Person) -> PublicGroup:
    """Return what somebody outside knows after being told this epoch."""
    return group_from_info(read_group_info(person.group.group_info()), None, RULES)


def test_it_follows_commits_and_proposals_of_all_kinds() -> None:
    ann, ben, eve = group_of("ann", "ben", "eve")
    public = follower(ann)
    update, removal = propose_update(ben.group, RULES), propose(ann.group, Remove(2), RULES)
    ben.state, ann.state = update.group, removal.group
    ann.take(update.message)
    for message in (update.message, removal.message):
        followed = public.process(message, RULES)
        assert followed.transition is None
        public = decode(PublicGroup, followed.group.encode())
    refs = tuple(ann.group.public.proposals)
    pending = ann.commit(Change(refs=refs, extensions=[Extension(HISTORY, b"all")]))
    followed = public.process(pending.message, RULES)
    assert followed.transition is not None
    assert [member.index for member in followed.transition.changes.removed] == [2]
    assert [member.index for member in followed.transition.changes.updated] == [1]
    public = decode(PublicGroup, followed.group.encode())
    assert public.context == pending.group.public.context
    assert public.tree == pending.group.public.tree
    assert public.interim_transcript_hash == pending.group.public.interim_transcript_hash
    assert eve.group.epoch == 1


def test_it_refuses_a_commit_of_somebody_who_was_removed() -> None:
    ann, ben, eve = group_of("ann", "ben", "eve")
    public = follower(ann)
    pending = ann.commit(remove=[2])
    public = public.process(pending.message, RULES).group
    with refused("epoch.other"):
        public.process(eve.commit().message, RULES)
    # Somebody who was removed learns the number of the epoch from the server, and signs for it.
    forger = replace(pending.group, own_leaf=2, seed=eve.seed)
    with refused("sender.unknown"):
        public.process(propose(forger, Remove(1), RULES).message, RULES)
    assert ben.group.epoch == 1


def test_it_refuses_replays_and_other_groups() -> None:
    ann, ben = group_of("ann", "ben")
    public = follower(ann)
    pending = ben.commit()
    following = public.process(pending.message, RULES).group
    with refused("epoch.other"):
        following.process(pending.message, RULES)
    other = Person("ann")
    other.found(b"another group")
    with refused("group.other"):
        public.process(other.commit().message, RULES)
    with refused("message.kind"):
        public.process(ann.package().public, RULES)


def test_every_changed_byte_of_a_commit_is_refused() -> None:
    """But for what only members can check: the membership tag, the confirmation tag, and what is sealed in the path."""
    ann, ben, _ = group_of("ann", "ben", "eve")
    public = follower(ann)
    raw = ben.commit(remove=[2]).message
    hidden = (32 + 1) * 2
    for at in range(0, len(raw) - hidden, 3):
        forged = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(MlsError):
            public.process(forged, RULES)
    forged = raw[:-1] + bytes([raw[-1] ^ 1])
    assert public.process(forged, RULES).transition is not None
    with refused("tag.membership"):
        ann.take(forged)


def test_a_group_info_that_is_not_what_it_says_is_refused() -> None:
    ann, _ = group_of("ann", "ben")
    info = read_group_info(ann.group.group_info(with_tree=False))
    with refused("welcome.no_tree"):
        group_from_info(info, None, RULES)
    other = group_of("ann", "ben")[0].group.public.tree
    with refused("signature.group_info"):
        group_from_info(info, other.encode(), RULES)
    assert group_from_info(info, ann.group.public.tree.encode(), RULES).tree == ann.group.public.tree


def test_a_commit_can_be_read_by_somebody_who_follows_nothing() -> None:
    ann, ben = group_of("ann", "ben")
    pair = Person("new").package()
    change = Change([pair.public], [1], [Extension(HISTORY, b"none")], authenticated_data=b"head")
    read = read_commit(ann.commit(change).message)
    assert (read.group_id, read.epoch, read.sender, read.authenticated_data) == (b"group", 1, 0, b"head")
    assert read.path_leaf is not None
    assert read.path_leaf.credential.identity == b"ann"
    assert [leaf.credential.identity for leaf in read.added] == [b"new"]
    assert read.removed == (1,)
    assert read.extensions == (Extension(HISTORY, b"none"),)
    assert read_commit(ben.commit().message).extensions is None
    with refused("message.kind"):
        read_commit(propose_update(ben.group, RULES).message)


def test_a_stored_public_group_of_another_version_is_refused() -> None:
    (ann,) = group_of("ann")
    raw = ann.group.public.encode()
    with refused("malformed.state"):
        decode(PublicGroup, b"\x02" + raw[1:])
    with refused("malformed.truncated"):
        decode(PublicGroup, raw[:-1])
    with refused("malformed.trailing"):
        decode(PublicGroup, raw + b"\0")
