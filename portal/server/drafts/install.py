"""How drafts come into an application: their requests to the record's writer, views, sockets and roots."""

import flask

from portal.server.core.context import Portal
from portal.server.drafts import instrument_views, roots, views
from portal.server.drafts.record import DraftHandler
from portal.server.drafts.sockets import DraftEvents
from portal.server.ledger.feature import Ledger
from portal.server.rooms.feature import Rooms


def install(app: flask.Flask, portal: Portal) -> None:
    """Serve drafts; rooms and the ledger are there already."""
    rooms, ledger = portal.get(Rooms), portal.get(Ledger)
    rooms.handler.serve_further(DraftHandler(ledger.sign))
    for blueprint in (views.blueprint, instrument_views.blueprint, instrument_views.public):
        app.register_blueprint(blueprint)
    ledger.every_ten_minutes.append(roots.record_roots)
    DraftEvents(portal, rooms).install()
