"""/moderate/translations: public texts that no person has compared with their originals yet, language by language."""

from typing import Any

import flask

from portal.server.core import pages
from portal.server.core.actor import Actor
from portal.server.core.catalogues import LANGUAGES
from portal.server.core.db import Unit
from portal.server.core.pages import Form
from portal.server.feedback import moderation_schemas as forms
from portal.server.feedback import moderators
from portal.server.feedback.moderation_page import constants, refusal
from portal.server.translation import service as public_texts
from portal.wire.errors import UserError

SHOWN = 20
KINDS = frozenset({"topic", "decision", "agenda", "minute", "outcome", "hall"})
blueprint = moderators.blueprint("moderate_translations")


@blueprint.get("/moderate/translations")
def show() -> flask.Response:
    """Show what waits to be checked in one language."""
    return _page(Form())


@blueprint.post("/moderate/translations")
def check() -> flask.Response:
    """Keep a translation that somebody has compared with its original."""
    form: Form[forms.Checked] = pages.form(forms.Checked)
    value = form.value
    if value is None:
        return _page(form)
    try:
        moderators.write_as(
            lambda unit, actor: public_texts.check(
                unit, actor, value.key, value.language, value.text, revision=value.revision
            )
        )
    except UserError as error:
        return _page(form, refusal(error))
    return pages.see_other(f"/moderate/translations?into={value.language}&keys={_prefix()}&kept=1")


@blueprint.post("/moderate/translations/again")
def again() -> flask.Response:
    """Have the worker try what it could not translate."""
    pages.form(forms.Nothing)
    moderators.write_as(lambda unit, _actor: public_texts.ask_again(unit))
    return pages.see_other(f"/moderate/translations?into={_into()}")


def _into() -> str:
    asked = flask.request.args.get("into", "")
    return asked if asked in LANGUAGES else pages.language()


def _prefix() -> str:
    return flask.request.args.get("keys", "")[:100]


def _page(form: Form[forms.Checked], code: str = "") -> flask.Response:
    into, prefix = _into(), _prefix()

    def work(unit: Unit, _actor: Actor) -> dict[str, Any]:
        return {
            "waiting": public_texts.unchecked(unit, into, prefix, SHOWN),
            "counts": public_texts.unchecked_counts(unit, prefix),
        }

    return pages.page(
        "moderate/translations.html",
        part="moderate",
        status=409 if code else 422 if form.problems else 200,
        **moderators.read_as(work),
        **constants(),
        into=into,
        prefix=prefix,
        form=form,
        code=code,
        kept=flask.request.args.get("kept") == "1",
        kind_of=lambda key: key.partition(":")[0] if key.partition(":")[0] in KINDS else "other",
    )
