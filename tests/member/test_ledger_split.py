"""Two histories of the ledger come out by one message; what a member invents accuses nobody but that member.

The browser's twin of this is static/test/member/ledger_split.test.ts; both read what the other wrote.
"""

import json
import random
import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.member.content import Message, encode_content
from portal.member.ledger import log as log_requests
from portal.member.ledger.evidence import evidence_file, note_of, verify_evidence
from portal.member.ledger.kept import GRACE_S, By, Signed
from portal.member.ledger.word import GARBLED, LogWord, with_word, word_in
from portal.member.work import MemberError
from portal.tlog.signers import NoteSigner
from portal.wire.ids import AccountId, DeviceId, b64, new_id
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.padding import PLAINTEXT_MAX_BYTES
from tests.member.logs import ORIGIN, Clock, Following, ShownLog
from tests.member.twin import Twin

FORKS = 100


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for here between two askings."""
    monkeypatch.setattr(log_requests, "REFUSED_PAUSE_S", 0.0)


def somebody() -> By:
    return By(new_id(), AccountId(new_id()), DeviceId(new_id()), new_id())


def said(word: LogWord | None) -> LogWord:
    """What arrives of a word by a message."""
    assert word is not None
    arrived = word_in(with_word(encode_content(Message("We agree.", "en"), 1), word))
    assert isinstance(arrived, LogWord)
    assert arrived == word
    return arrived


def test_a_forked_log_is_found_by_the_first_message() -> None:
    draw = random.Random(7)
    verdicts = []
    for _ in range(FORKS):
        common = draw.randrange(40)
        one = ShownLog().grow(common, "common")
        other = one.forked_at(common)
        one.grow(draw.randrange(1, 30), "shown to A")
        other.grow(draw.randrange(1, 30), "shown to B")
        following = Following(other)
        following.driver.run(following.follower.advance())
        following.driver.run(following.follower.hear(said(one.word()), somebody()))
        following.driver.run(following.follower.advance())
        assert following.kinds == ["split"]
        verdicts.append(verify_evidence(following.evidence()))
        other.grow(40, "shown to B")
        following.driver.run(following.follower.advance())
        assert verify_evidence(following.evidence()) == "proven"
    assert len(verdicts) == FORKS
    assert set(verdicts) == {"proven", "signed"}  # B's side was shorter than A's word in some of them


def test_a_server_that_was_just_starting_is_not_accused() -> None:
    log = ShownLog().grow(5, "common")
    following = Following(log)
    following.driver.run(following.follower.advance())
    log.grow(4, "later")
    refused: list[str] = []

    def once(path: str) -> MemberError | None:
        if "consistency" not in path or refused:
            return None
        refused.append(path)
        return MemberError("ledger.absent")

    log.refuse = once
    following.driver.run(following.follower.advance())
    assert refused
    assert following.kinds == []


@pytest.mark.parametrize("lie", ["refuses", "is silent"])
def test_a_server_that_hides_the_fork_is_found_as_well(lie: str) -> None:
    one = ShownLog().grow(16, "shown to A")
    other, clock = one.forked_at(11).grow(3, "shown to B"), Clock()
    following = Following(other, clock)
    following.driver.run(following.follower.advance())
    code = {"refuses": "ledger.absent", "is silent": "server.busy"}[lie]
    other.refuse = lambda path: None if path == "/ledger/checkpoint" else MemberError(code)
    following.driver.run(following.follower.hear(said(one.word()), somebody()))
    if lie == "is silent":
        with pytest.raises(MemberError, match=code):
            following.driver.run(following.follower.advance())
        assert following.kinds == []  # nobody is accused for being slow
        clock.now_s += GRACE_S + 1
    following.driver.run(following.follower.advance())
    assert following.kinds == ["split"]
    assert verify_evidence(following.evidence()) == "signed"


def test_a_server_that_is_not_there_is_no_alarm() -> None:
    log, clock = ShownLog().grow(20, "one"), Clock()
    following = Following(log, clock)
    following.driver.run(following.follower.advance())
    log.refuse = lambda _path: MemberError("network.offline")
    following.driver.run(following.follower.hear(log.word(9), somebody()))
    for _ in range(3):
        clock.now_s += GRACE_S * 24
        with pytest.raises(MemberError, match=r"network\.offline"):
            following.driver.run(following.follower.advance())
    assert following.kinds == []
    log.refuse = None
    following.driver.run(following.follower.advance())
    assert following.kinds == []
    assert following.ledger.state.pending == ()


def test_what_a_member_invents_is_that_members_fault() -> None:
    log = ShownLog().grow(20, "one")
    following = Following(log)
    following.driver.run(following.follower.advance())
    true, forger = log.word(), NoteSigner(ORIGIN, Ed25519PrivateKey.generate())
    root = secrets.token_bytes(32)
    forged = forger.sign(Checkpoint(ORIGIN, 20, root).to_text()).signatures[0].value
    invented: list[tuple[str, Any]] = [
        ("garbled", LogWord(20, root, true.signature, true.key)),
        ("garbled", LogWord(19, true.root, true.signature, true.key)),
        ("garbled", LogWord(2**53 - 1, true.root, true.signature, true.key)),
        ("garbled", LogWord(20, root, forged, true.key)),
        ("garbled", LogWord(20, true.root, true.signature, bytes(32))),
        ("garbled", GARBLED),
        ("other-key", LogWord(20, root, forged, forger.key.key)),
    ]
    for kind, word in invented:
        by = somebody()
        for _ in range(2):
            following.driver.run(following.follower.hear(word, by))
        following.driver.run(following.follower.advance())
        mine = [one.kind for one in following.ledger.state.findings if one.account == by.account]
        assert mine == [kind]
    assert "split" not in following.kinds
    assert following.ledger.state.newest == log.signed()


def test_words_of_one_history_lead_on_and_outlast_the_process() -> None:
    log = ShownLog().grow(30, "one")
    following = Following(log)
    log.shown = 12
    following.driver.run(following.follower.advance())
    log.refuse = lambda _path: MemberError("network.offline")
    for size in (1, 5, 12, 29):
        following.driver.run(following.follower.hear(said(log.word(size)), somebody()))
    later = Following(log, kept_in=following.store)
    later.driver.run(later.ledger.load())
    assert len(later.ledger.state.pending) == 3
    log.refuse = None
    later.driver.run(later.follower.advance())
    assert later.kinds == []
    assert not later.ledger.state.pending
    assert later.ledger.state.newest == log.signed(29)


def test_a_log_that_goes_back_or_signs_with_another_key() -> None:
    log = ShownLog().grow(30, "one")
    following = Following(log)
    following.driver.run(following.follower.advance())
    whole, log.history = log.history, log.history[:20]
    following.driver.run(following.follower.advance())
    assert following.kinds == ["split"]
    log.history, log.signer = whole, NoteSigner(ORIGIN, Ed25519PrivateKey.generate())
    following.driver.run(following.follower.advance())
    assert following.kinds == ["split", "key"]


HASH, SIGNATURE = "A" * 43, "A" * 86
WHOLE = {"size": 1, "root": HASH, "signature": SIGNATURE, "key": HASH}
WORDS: list[Any] = [
    *({**WHOLE, "size": size} for size in (1, 2**53 - 1, 0, -1, 1.5, 2**53, "1", True, None)),
    *({**WHOLE, name: text} for name in ("root", "signature", "key") for text in ("", HASH[1:], HASH + "=", 5, None)),
    {name: text for name, text in WHOLE.items() if name != "key"},
    {**WHOLE, "more": 1},
    [],
    None,
    5,
    "x",
]


def test_both_twins_read_words_alike(twin: Twin) -> None:
    texts = [json.dumps({"v": 1, "t": "name", "name": "x", "log": word}) for word in WORDS]
    base = json.dumps(WHOLE)
    texts += [f'{{"log":{base.replace(": 1,", f": {size},")}}}' for size in ("5.0", "1e3", "1e999", "-0", "1E0")]
    texts += ["{}", "[]", "no JSON", '{"log":{},"log":' + base + "}"]
    for text in texts:
        word = word_in(text.encode())
        here = (
            word if word is None or word == GARBLED else [word.size, b64(word.root), b64(word.signature), b64(word.key)]
        )
        assert twin.ask("word", text=text) == here, text


def test_both_twins_write_words_and_evidence_alike(twin: Twin) -> None:
    log = ShownLog().grow(9, "one")
    word, plaintext = log.word(), encode_content(Message("합의 🕊️", "ko"), 1)
    fields = {"size": word.size, "root": b64(word.root), "signature": b64(word.signature), "key": b64(word.key)}
    assert twin.ask("withWord", text=plaintext.decode(), word=fields) == with_word(plaintext, word).decode()
    for length in (PLAINTEXT_MAX_BYTES - 600, PLAINTEXT_MAX_BYTES - 200):
        long = encode_content(Message("x" * length, "en"), 1)
        assert twin.ask("withWord", text=long.decode(), word=fields) == with_word(long, word).decode()
    other = log.forked_at(4).grow(5, "two")
    vkey, signed = log.signer.key.to_text(), (log.signed(), other.signed())
    notes = note_of(log.signer.key, signed[0]), note_of(log.signer.key, signed[1])
    whole = evidence_file(vkey, notes, None, somebody(), 1)
    broken = [whole.replace(vkey, vkey[:-4] + "AAA="), whole.replace('"v":1', '"v":2'), whole[:-9], "[]", "{}"]
    same = evidence_file(vkey, (notes[0], notes[0]), None, None, 1)
    later = evidence_file(vkey, (note_of(log.signer.key, log.signed(3)), notes[1]), None, None, 1)
    swapped = evidence_file(vkey, (notes[1], note_of(log.signer.key, log.signed(3))), None, None, 1)
    proof = '"proof":{"leaf":"x","hashes":[]}'
    for text in (whole, *broken, same, later, swapped, later.replace('"proof":null', proof)):
        assert twin.ask("evidence", text=text) == verify_evidence(text.encode())
    assert verify_evidence(whole.encode()) == "proven"
    assert verify_evidence(later.encode()) == "signed"
    assert isinstance(signed[0], Signed)
