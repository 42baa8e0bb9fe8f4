"""The only wiring: which parts one application is made of, and in which order they meet."""

import flask

from portal.config import Settings, client_dir, templates_dir
from portal.server.accounts import administration as accounts_administration
from portal.server.accounts import sessions
from portal.server.accounts import views as accounts_views
from portal.server.accounts.feature import Accounts
from portal.server.core import health, web
from portal.server.core.actor import Actor
from portal.server.core.assets import Client
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Database
from portal.server.core.limits import limiter
from portal.server.core.realtime import Realtime


def create_app(settings: Settings) -> flask.Flask:
    """Return the application of one installation; its database must have been migrated (``migrations.upgrade``)."""
    # static_folder=None: Flask would serve the folder of sources; the client serves only what its manifest names.
    app = flask.Flask(__name__, static_folder=None, template_folder=templates_dir())
    client = Client(client_dir())
    origins = frozenset(settings.allowed_origins)
    web.install(app, origins, https=settings.public_url.startswith("https://"), script_hashes=client.script_hashes)
    limiter.init_app(app)
    database = Database(settings.database_url)
    realtime = Realtime(app, origins=origins, polling=settings.polling)
    database.deliver = realtime.deliver
    portal = Portal(settings, database, realtime)
    app.extensions[EXTENSION] = portal
    app.register_blueprint(health.blueprint)
    _add_accounts(app, portal)
    client.install(app)
    return app


def _add_accounts(app: flask.Flask, portal: Portal) -> None:
    portal.put(Accounts.open(portal.settings))
    app.register_blueprint(accounts_views.blueprint)
    app.register_blueprint(accounts_administration.blueprint)

    def authenticate(ticket: str) -> Actor:
        return portal.database.write(lambda unit: sessions.actor_of_ticket(unit, ticket))

    portal.realtime.authenticate = authenticate
