"""What the worker does for public texts: translates those that wait, one key a job."""

from functools import partial

from portal.server.core.context import Portal
from portal.server.core.jobs import Payload, register
from portal.server.translation import service
from portal.server.translation.feature import PublicTranslation
from portal.server.translation.rendering import render


def translate(portal: Portal, payload: Payload) -> None:
    """Translate the original of ``payload["key"]`` into every language that waits for it."""
    key = str(payload["key"])
    owed = portal.database.read(lambda unit: service.waiting(unit, key))
    for text, source, target, digest in owed:
        made = render(portal.get(PublicTranslation).translator, text, source, target)
        portal.database.write(partial(service.take_in, key=key, language=target, digest=digest, made=made))


register(service.JOB, translate)
