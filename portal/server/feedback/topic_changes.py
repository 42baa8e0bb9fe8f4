"""What moderators do with topics: change, merge, split, reject; each a decision with its reason that can be undone.

Supports and submissions move with a topic that is merged, and come back when that is undone. A topic that many support
is rejected by two people, and so is what the law forbids. From the freeze until the hall is held nothing of a week's
topics moves: its ballot file is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.feedback import decisions, review, states, topics, weeks
from portal.server.feedback.decisions import Code, Draft, Grounds
from portal.server.feedback.models import Ballot, BallotSupport, Submission
from portal.server.feedback.moderation_models import Decision, Topic, TopicMember
from portal.server.feedback.weeks import STATES, IntakeWeek
from portal.server.translation import service as public_texts
from portal.wire.errors import UserError

_COUNTED: Final = STATES[STATES.index("frozen") : STATES.index("held")]
"""States of a week whose ballot file is made and whose hall is still to come."""
_BATCH: Final = 500  # databases bound how many values one statement names


@dataclass(frozen=True, slots=True)
class About:
    """What a topic is called and how much of a meeting it may take."""

    title: str
    language: str
    theme: str
    minutes: int


def change(unit: Unit, actor: Actor, topic: str, revision: int, about: About, grounds: Grounds) -> Decision:
    """Give a topic another title, theme or length.

    Raises:
        UserError: request.not_found, moderation.moved, moderation.closed.
    """
    row = _taken(unit, topic, revision)
    if (row.theme, row.minutes) != (topics.theme_name(about.theme), about.minutes):
        _refuse_frozen(unit, row)
    title = public_texts.shown(unit, [topics.key_of(topic)], about.language)[topics.key_of(topic)]
    before = {
        "title": title.original,
        "language": title.original_language,
        "theme": row.theme,
        "minutes": row.minutes,
    }
    made = _decide(unit, actor, row, "topic_change", before, grounds=grounds)
    _set(unit, row, about)
    topics.note(unit, actor, topic, "changed", {"title": about.title, "minutes": about.minutes}, grounds.text)
    return made


def merge(unit: Unit, actor: Actor, topic: str, revision: int, into: str, grounds: Grounds) -> Decision:
    """Merge a topic into another: what was said and supported there counts here, each ballot once.

    Raises:
        UserError: request.not_found, moderation.moved, moderation.closed.
    """
    row = _taken(unit, topic, revision)
    other = unit.session.get(Topic, into, with_for_update=True)
    if other is None or other.id == topic or other.status not in topics.OPEN:
        raise UserError("request.not_found")
    _refuse_frozen(unit, row)
    _refuse_frozen(unit, other)
    before = {"status": row.status, "members": _members(unit, topic), "supports": _supports(unit, topic)}
    made = _decide(unit, actor, row, "topic_merge", before, grounds=grounds, other=into)
    both = _move_members(unit, before["members"], topic, into)
    both_supports = _move_supports(unit, before["supports"], topic, into)
    made.before = {**before, "both": both, "both_supports": both_supports}
    row.status, row.merged_into = "merged", into
    topics.note(unit, actor, topic, "merged", {"into": into}, grounds.text)
    return made


def split(
    unit: Unit, actor: Actor, topic: str, revision: int, away: Sequence[str], about: About, grounds: Grounds
) -> Decision:
    """Make a new topic of some of a topic's submissions. Supports stay: who gave them meant what was there.

    Raises:
        UserError: request.not_found if one of ``away`` is not under it, moderation.moved, moderation.closed.
    """
    row = _taken(unit, topic, revision)
    _refuse_frozen(unit, row)
    there = set(_members(unit, topic))
    chosen = list(dict.fromkeys(away))
    if not chosen or not there.issuperset(chosen):
        raise UserError("request.not_found")
    born = weeks.current(unit).id if review.is_frozen(unit, row.week_id) else row.week_id
    new = topics.make(unit, actor, born, about.title, about.language, theme=about.theme, minutes=about.minutes)
    made = _decide(unit, actor, row, "topic_split", {"members": chosen}, grounds=grounds, other=new.id)
    _move_members(unit, chosen, topic, new.id)
    topics.note(unit, actor, topic, "split", {"new": new.id, "submissions": len(chosen)}, grounds.text)
    return made


def reject(unit: Unit, actor: Actor, topic: str, revision: int, grounds: Grounds) -> Decision:
    """Reject a topic, and the submissions that are under no other; with many supporters this only proposes it.

    Raises:
        UserError: request.not_found, moderation.moved, moderation.closed, moderation.second_person.
    """
    if grounds.reason not in decisions.TOPIC_REASONS:
        raise UserError("request.not_found")
    row = _taken(unit, topic, revision)
    _refuse_frozen(unit, row)
    if decisions.proposed(unit, [topic]):
        raise UserError("moderation.second_person")
    supporters = topics.supporters(unit, [topic])[topic]
    two = supporters >= decisions.MANY_SUPPORTERS or grounds.reason == decisions.LEGAL
    made = _decide(unit, actor, row, "topic_reject", {"status": row.status}, grounds=grounds, proposed=two)
    if not two:
        _carry_out_rejection(unit, actor, row, made)
    return made


def second(unit: Unit, actor: Actor, decision: str, *, agrees: bool) -> Decision:
    """Confirm, or refuse, that a topic is rejected; who proposed it may only take it back.

    Raises:
        UserError: request.not_found; moderation.second_person, for who agrees with oneself; moderation.closed.
    """
    made = unit.session.get(Decision, decision, with_for_update=True)
    if made is None or made.state != "proposed" or made.subject_kind != "topic":
        raise UserError("request.not_found")
    if agrees and made.account_id == actor.account:
        raise UserError("moderation.second_person")
    row = unit.session.get_one(Topic, made.subject_id, with_for_update=True)
    agrees = agrees and row.status in topics.OPEN  # a topic that was merged meanwhile is not there to be rejected
    made.second_id, made.state = actor.account, "final" if agrees else "refused"
    if agrees:
        _refuse_frozen(unit, row)
        row.revision += 1
        made.subject_revision = row.revision
        decisions.publish(unit, made)
        _carry_out_rejection(unit, actor, row, made)
    unit.session.flush()
    return made


def undo(unit: Unit, actor: Actor, decision: str) -> Decision:
    """Take back the newest decision about a topic.

    Raises:
        UserError: request.not_found, moderation.moved if something newer was decided, moderation.closed.
    """
    made = unit.session.get(Decision, decision, with_for_update=True)
    if made is None or made.subject_kind != "topic" or made.code == "undo":
        raise UserError("request.not_found")
    row = unit.session.get_one(Topic, made.subject_id, with_for_update=True)
    newest = decisions.newest(unit, row.id)
    if made.state != "final" or newest is None or newest.id != made.id:
        raise UserError("moderation.moved")
    _refuse_frozen(unit, row)
    row.revision += 1
    undone = _decide(unit, actor, row, "undo", {}, supersedes=made.id)
    made.state = "undone"
    _restore(unit, row, made)
    topics.note(unit, actor, row.id, "restored", {"decision": made.id})
    return undone


def _restore(unit: Unit, row: Topic, made: Decision) -> None:
    before = made.before
    match made.code:
        case "topic_change":
            _set(unit, row, About(before["title"], before["language"], before["theme"], before["minutes"]))
        case "topic_merge":
            row.status, row.merged_into = before["status"], None
            _unmerge(unit, row, made)
        case "topic_split":
            new = unit.session.get_one(Topic, made.other_id)
            _move_members(unit, before["members"], new.id, row.id)
            new.status, new.merged_into = "merged", row.id
        case _:
            row.status = before["status"]
            for submission, (state, decision) in before.get("rejected", {}).items():
                _set_back(unit, submission, state, decision)
    unit.session.flush()


def _set_back(unit: Unit, submission: str, state: Any, decision: str | None) -> None:
    row = unit.session.get(Submission, submission)
    if row is not None and row.state == "rejected":
        row.decision_id = decision
        states.set_state(unit, row, state)


def _taken(unit: Unit, topic: str, revision: int) -> Topic:
    """The topic for whoever saw its ``revision``, which is over by that."""
    row = unit.session.get(Topic, topic, with_for_update=True, populate_existing=True)
    if row is None or row.status not in topics.OPEN:
        raise UserError("request.not_found")
    if row.revision != revision:
        raise UserError("moderation.moved")
    row.revision += 1
    unit.session.flush()
    return row


def _refuse_frozen(unit: Unit, row: Topic) -> None:
    """Refuse what would move a topic that a week has counted and no hall has dealt with yet, whichever week bore it."""
    counted = sa.select(IntakeWeek.id).where(IntakeWeek.state.in_(_COUNTED))
    own = sa.select(Ballot.week_id).join(BallotSupport, BallotSupport.ballot_id == Ballot.id)
    named = sa.union(
        sa.select(TopicMember.week_id).where(TopicMember.topic_id == row.id),
        own.where(BallotSupport.topic_id == row.id),
        sa.select(Topic.week_id).where(Topic.id == row.id),
    ).subquery()
    held_up = counted.where(IntakeWeek.id.in_(sa.select(named.c.week_id))).limit(1)
    if unit.session.scalar(held_up) is not None:
        raise UserError("moderation.closed")


def _decide(
    unit: Unit, actor: Actor, row: Topic, code: Code, before: dict[str, Any], *, proposed: bool = False, **fields: Any
) -> Decision:
    draft = Draft("topic", row.id, row.week_id, code, row.revision, before, **fields)
    return decisions.add(unit, actor, draft, proposed=proposed)


def _set(unit: Unit, row: Topic, about: About) -> None:
    row.theme, row.minutes = topics.theme_name(about.theme) or row.theme, about.minutes
    public_texts.put(unit, topics.key_of(row.id), about.title.strip(), about.language)


def _carry_out_rejection(unit: Unit, actor: Actor, row: Topic, made: Decision) -> None:
    """Close the topic; what is under no other topic is rejected with it, and remembered for undoing."""
    elsewhere = sa.orm.aliased(TopicMember)
    under_another = sa.exists().where(
        elsewhere.submission_id == Submission.id, elsewhere.topic_id != row.id, elsewhere.topic_id.in_(_open_topics())
    )
    only_here = (
        sa.select(Submission)
        .join(TopicMember, TopicMember.submission_id == Submission.id)
        .join(IntakeWeek, IntakeWeek.id == Submission.week_id)
        .where(
            TopicMember.topic_id == row.id,
            Submission.state.in_(topics.COUNTING),
            IntakeWeek.state.in_(("open", "closed")),  # the accounts of earlier weeks say what became of theirs
            ~under_another,
        )
    )
    rejected: dict[str, list[str | None]] = {}
    for submission in unit.session.scalars(only_here).all():
        rejected[submission.id] = [submission.state, submission.decision_id]
        states.set_state(unit, submission, "rejected", decision=made.id)
    made.before = {**made.before, "rejected": rejected}
    row.status = "rejected"
    topics.note(unit, actor, row.id, "rejected", {"reason": made.reason or ""}, made.text)


def _open_topics() -> sa.Select[str]:
    return sa.select(Topic.id).where(Topic.status.in_(topics.OPEN))


def _members(unit: Unit, topic: str) -> list[str]:
    return sorted(unit.session.scalars(sa.select(TopicMember.submission_id).where(TopicMember.topic_id == topic)))


def _supports(unit: Unit, topic: str) -> list[str]:
    return sorted(unit.session.scalars(sa.select(BallotSupport.ballot_id).where(BallotSupport.topic_id == topic)))


def _move_members(unit: Unit, members: Sequence[str], from_: str, to: str) -> list[str]:
    """Put ``members`` under ``to`` instead of ``from_``; return who was under both already."""
    return _moved(unit, TopicMember, TopicMember.submission_id, members, from_, to)


def _move_supports(unit: Unit, ballots: Sequence[str], from_: str, to: str) -> list[str]:
    """Let ``ballots`` support ``to`` instead of ``from_``; return which supported both already."""
    return _moved(unit, BallotSupport, BallotSupport.ballot_id, ballots, from_, to)


def _moved(
    unit: Unit,
    table: type[TopicMember | BallotSupport],
    key: InstrumentedAttribute[str],
    ids: Sequence[str],
    from_: str,
    to: str,
) -> list[str]:
    """Give the rows with these ids under ``from_`` to ``to``, but for those that stand there as well, which go."""
    both: list[str] = []
    for start in range(0, len(ids), _BATCH):
        named = key.in_(ids[start : start + _BATCH])
        there = list(unit.session.scalars(sa.select(key).where(table.topic_id == to, named)))
        old = sa.and_(table.topic_id == from_, named)
        unit.session.execute(sa.delete(table).where(old, key.in_(there)))
        unit.session.execute(sa.update(table).where(old).values(topic_id=to))
        both += there
    return both


def _unmerge(unit: Unit, row: Topic, made: Decision) -> None:
    """Give a topic back what its merging took; who was behind both before is behind both again."""
    before, into = made.before, str(made.other_id)
    _move_members(unit, before["members"], into, row.id)
    _move_supports(unit, before["supports"], into, row.id)
    weeks_of = {member.id: member.week_id for member in _submissions(unit, before["both"])}
    for submission, week in weeks_of.items():
        unit.session.add(TopicMember(submission_id=submission, topic_id=into, week_id=week, added_ms=unit.now_ms))
    for ballot in before["both_supports"]:
        unit.session.add(BallotSupport(ballot_id=ballot, topic_id=into))
    unit.session.flush()


def _submissions(unit: Unit, identifiers: Sequence[str]) -> list[Submission]:
    found = (unit.session.get(Submission, identifier) for identifier in identifiers)
    return [row for row in found if row is not None]
