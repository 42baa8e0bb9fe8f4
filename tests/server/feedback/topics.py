"""Topics for tests of citizens' pages, as a moderator makes them."""

from portal.server.core.db import Database, Unit
from portal.server.feedback import weeks
from portal.server.feedback.moderation_models import Topic
from portal.server.feedback.topics import key_of
from portal.server.translation import service as public_texts
from portal.wire.ids import new_id


def a_topic(database: Database, title: str, *, lang: str = "en", status: str = "published") -> str:
    """A topic of this week; its id."""
    identifier = new_id()

    def work(unit: Unit) -> None:
        unit.session.add(
            Topic(
                id=identifier,
                week_id=weeks.current(unit).id,
                theme="parks",
                minutes=10,
                status=status,
                created_ms=unit.now_ms,
            )
        )
        unit.session.flush()
        public_texts.put(unit, key_of(identifier), title, lang)

    database.write(work)
    return identifier
