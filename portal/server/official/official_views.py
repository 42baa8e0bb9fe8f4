"""Pages for officials: what people raise, over time and by part; what waits for an answer; which texts changed."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import flask
from pydantic import AfterValidator, StringConstraints

from portal.server.core import pages
from portal.server.core.actor import Actor
from portal.server.core.catalogues import Words
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.pages import Form, FormModel
from portal.server.feedback import moderators, topics
from portal.server.feedback.feature import Feedback
from portal.server.official import answers, clauses, news, statistics
from portal.server.official.charts import chart, highest
from portal.server.official.statistics import Series, Slice
from portal.server.official.tables import TABLES
from portal.server.townhall.statements import cleaned

PART: Final = "official"
LONGEST_NAME: Final = 80
blueprint = moderators.blueprint("official")


@blueprint.get("/official")
def overview() -> flask.Response:
    """People a week, by theme, language and region."""
    part = Slice(_argument("language"), _argument("region"), _argument("theme"))

    def read(unit: Unit, _actor: Actor) -> tuple[Series, list[Series], list[Series], list[Series]]:
        whole = Slice(part.language, part.region)
        found = (statistics.everyone(unit, part), statistics.themes(unit, whole))
        return (*found, statistics.languages(unit), statistics.regions(unit))

    series, themes, languages, regions = moderators.read_as(read, roles=moderators.OFFICIALS)
    words = pages.words(PART)
    return pages.page(
        "official/overview.html",
        part=PART,
        slice=part,
        series=series,
        drawing=_drawing(words, series),
        themes=themes,
        by_language=languages,
        by_region=regions,
        regions=portal().get(Feedback).regions,
    )


@blueprint.get("/official/unanswered")
def unanswered() -> flask.Response:
    """What waits for an answer, by topic."""
    language = pages.language()

    def read(unit: Unit, _actor: Actor) -> tuple[list[answers.Unanswered], dict[str, topics.TopicView]]:
        found = answers.unanswered(unit)
        views = ((one.topic, topics.view(unit, one.topic, language)) for one in found if one.topic)
        return found, {topic: view for topic, view in views if view is not None}

    found, views = moderators.read_as(read, roles=moderators.OFFICIALS)
    return pages.page("official/unanswered.html", part=PART, waiting=found, topics=views)


@blueprint.get("/official/changes")
def changes() -> flask.Response:
    """Which outcome changed which text."""
    language = pages.language()

    def read(unit: Unit, _actor: Actor) -> tuple[list[dict[str, str]], dict[str, news.Result]]:
        table = TABLES["changed_texts"]
        names = [column.name for column in table.columns]
        rows = [dict(zip(names, row, strict=True)) for row in table.rows(unit)]
        results = news.results(unit, language, limit=1000)
        return rows, {one.id: one for one in results}

    rows, results = moderators.read_as(read, roles=moderators.OFFICIALS)
    return pages.page("official/changes.html", part=PART, rows=rows, results=results)


Place = Annotated[str, StringConstraints(max_length=200), AfterValidator(cleaned), StringConstraints(min_length=1)]


class Saying(FormModel):
    """Which clause a topic is about."""

    topic: str
    document: Place
    clause: Annotated[Place, StringConstraints(max_length=80)]


@blueprint.get("/official/clauses")
def clause_map() -> flask.Response:
    """Which clauses of which texts people's topics are about."""
    return _clauses(Form[Saying]())


@blueprint.post("/official/clauses")
def say_clause() -> flask.Response:
    """Note that a topic is about a clause."""
    return _said(clauses.say)


@blueprint.post("/official/clauses/remove")
def unsay_clause() -> flask.Response:
    """Take that back."""
    return _said(clauses.unsay)


def _said(does: Callable[[Unit, str, str, str], None]) -> flask.Response:
    form = pages.form(Saying)
    sent = form.value
    if sent is None:
        return _clauses(form, 422)
    moderators.write_as(
        lambda unit, _actor: does(unit, sent.topic, sent.document, sent.clause), roles=moderators.OFFICIALS
    )
    return pages.see_other("/official/clauses")


def _clauses(form: Form[Saying], status: int = 200) -> flask.Response:
    language = pages.language()

    def read(unit: Unit, _actor: Actor) -> dict[str, Any]:
        return {
            "found": clauses.clause_map(unit, language),
            "topics": clauses.choices(unit, language),
            "documents": clauses.documents(unit),
        }

    values = moderators.read_as(read, roles=moderators.OFFICIALS)
    return pages.page("official/clauses.html", part=PART, status=status, form=form, **values)


def _argument(name: str) -> str:
    return flask.request.args.get(name, "")[:LONGEST_NAME]


def _drawing(words: Words, series: Series) -> flask.typing.ResponseValue:
    numbers = (words.number(0), words.number(int(highest(series))))
    return chart(series, title=words("chart.title"), about=words("chart.about", n=len(series.weeks)), numbers=numbers)
