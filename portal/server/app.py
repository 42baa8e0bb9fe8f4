"""The only wiring: which parts one application is made of, and in which order they meet."""

import gc
import signal
from collections.abc import Callable
from functools import partial
from typing import Final

import flask
import gevent
import gevent.event
import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.config import Settings, client_dir, templates_dir
from portal.server.accounts import administration as accounts_administration
from portal.server.accounts import enrolments, hand_over_views, interpreter_views, logged, sessions
from portal.server.accounts import views as accounts_views
from portal.server.accounts.feature import Accounts
from portal.server.accounts.limits import name_payers
from portal.server.accounts.signed_in import is_known
from portal.server.core import health, jobs, leadership, logs, migrations, pages, web
from portal.server.core.actor import Actor
from portal.server.core.assets import Client
from portal.server.core.at_rest import AtRest
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Database
from portal.server.core.deliveries import Deliveries
from portal.server.core.gateway import Gateway, report_defects
from portal.server.core.leadership import Leadership
from portal.server.core.limits import limiter, storage_of
from portal.server.core.passing import Passing
from portal.server.core.realtime import EventRates, Realtime
from portal.server.core.sides import Sides
from portal.server.core.sides import install as install_sides
from portal.server.core.wake import open_wake
from portal.server.core.work import Hub, adopt_hub, run_in_thread
from portal.server.core.worker import Worker, follow_parent
from portal.server.drafts import install as drafts
from portal.server.feedback import install as feedback
from portal.server.feedback import moderation_install as moderation
from portal.server.feedback import weeks
from portal.server.ledger import pages as ledger_pages
from portal.server.ledger import views as ledger_views
from portal.server.ledger.feature import Ledger
from portal.server.ledger.releases import Release, record_release
from portal.server.official import install as official
from portal.server.rooms import blob_views, key_package_views, roots
from portal.server.rooms import views as room_views
from portal.server.rooms.company import Company
from portal.server.rooms.feature import Rooms
from portal.server.rooms.sockets import RoomEvents
from portal.server.townhall import agenda_models as _agenda_models  # noqa: F401 - the rows of agendas
from portal.server.townhall import halls, weekly
from portal.server.translation import jobs as _translation_jobs  # noqa: F401 - what the worker does for public texts
from portal.server.translation.feature import PublicTranslation
from portal.server.upkeep import install as upkeep

SWEEP_S: Final = 3600
_log = structlog.get_logger(__name__)


def create_app(settings: Settings, *, rates: EventRates | None = None) -> flask.Flask:
    """Return the application of one installation; its database must have been migrated (``migrations.upgrade``).

    ``rates`` bound what sockets may send; measurements lift them.
    """
    # static_folder=None: Flask would serve the folder of sources; the client serves only what its manifest names.
    app = flask.Flask(__name__, static_folder=None, template_folder=templates_dir())
    client = Client(client_dir())
    origins = frozenset(settings.allowed_origins)
    sides = Sides(settings)
    install_sides(app, sides)
    https = settings.public_url.startswith("https://")
    web.install(
        app,
        origins,
        https=https,
        script_hashes=client.script_hashes,
        origins_at=sides.origins,
        ids_from_proxy=settings.trusted_proxies > 0,
    )
    app.config["RATELIMIT_STORAGE_URI"] = storage_of(settings)
    limiter.init_app(app)
    database = Database(settings.database_url)
    realtime = Realtime(app, origins=origins, polling=settings.polling, rates=rates or EventRates())
    database.deliver = realtime.deliver
    portal = Portal(settings, database, realtime, open_wake(settings, database))
    database.at_rest = AtRest.open(settings.data_dir / "keys" / "at-rest")
    app.extensions[EXTENSION] = portal
    if settings.several:
        _add_deliveries(portal)
    portal.put(sides)
    app.register_blueprint(health.blueprint)
    _add_ledger(app, portal, client)
    _add_accounts(app, portal)
    _add_rooms(app, portal)
    drafts.install(app, portal)
    _add_translation(portal)
    feedback.install(app, portal)
    moderation.install(app, portal)
    weekly.install(app, portal)
    halls.install(app, portal)
    official.install(app, portal)
    upkeep.install(app, portal)
    client.install(app)
    pages.install(app, client)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies)  # type: ignore[method-assign]
    return app


def serve(settings: Settings, *, listening: Callable[[], None] = lambda: None, rates: EventRates | None = None) -> None:
    """Serve one installation until SIGTERM or SIGINT, then close everything in order.

    ``listening`` is called once the address is taken. The database must have been migrated. OSError if the address can
    not be taken, AnotherServerError if another process serves the database.
    """
    logs.configure(settings.log_level, process=str(settings.port))
    hub = adopt_hub()
    report_defects()
    app = create_app(settings, rates=rates)
    _keep_what_is_loaded()
    parts: Portal = app.extensions[EXTENSION]
    # Whom another process has replaced while the database was away stops as if it had been asked to.
    replaced = partial(signal.raise_signal, signal.SIGTERM)
    with parts.database.served_here_alone(shared=settings.several, on_lost=replaced):
        _until_asked_to_stop(app, parts, hub, listening)


def work(settings: Settings, *, with_parent: bool) -> None:
    """Work off the queue and keep the weekly clock until SIGTERM or SIGINT, or, ``with_parent``, the parent's end.

    Raises MissingSchemaError if nobody migrates the database.
    """
    logs.configure(settings.log_level, process="worker")
    app = create_app(settings)
    _keep_what_is_loaded()
    parts: Portal = app.extensions[EXTENSION]
    worker = Worker(parts, app.app_context)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    if with_parent:
        follow_parent(worker.stop)
    migrations.await_newest(parts.database)
    worker.run()
    parts.database.close()


def _keep_what_is_loaded() -> None:
    """Leave modules and the application, which live as long as the process, out of every search for garbage.

    Searched with the rest, they make each full search a pause of a tenth of a second for everybody.
    """
    gc.collect()
    gc.freeze()


def _until_asked_to_stop(app: flask.Flask, parts: Portal, hub: Hub, listening: Callable[[], None]) -> None:
    settings = parts.settings
    gateway = Gateway(app, settings.host, settings.port)
    asked_to_stop = gevent.event.Event()
    handlers = [gevent.signal_handler(number, asked_to_stop.set) for number in (signal.SIGTERM, signal.SIGINT)]
    run_in_thread(lambda: _make_weeks(parts))
    gateway.start()
    parts.start(hub)
    sweep = gevent.spawn(_sweep, parts)
    try:
        listening()
        asked_to_stop.wait()
    finally:
        sweep.kill()
        parts.part()
        gateway.stop()
        parts.stop()
        for handler in handlers:
            handler.cancel()


def _add_deliveries(portal: Portal) -> None:
    deliveries = Deliveries(portal.database, portal.realtime, portal.wake)
    portal.put(deliveries)
    portal.database.before_commit = deliveries.record
    portal.database.deliver = deliveries.deliver
    portal.starting.append(lambda _hub: deliveries.start())
    portal.stopping.append(deliveries.close)
    portal.checks["deliveries"] = lambda: deliveries.in_sight


def _add_ledger(app: flask.Flask, portal: Portal, client: Client) -> None:
    ledger = Ledger.open(portal.settings, portal.database)
    portal.put(ledger)
    portal.starting.append(ledger.start)
    portal.stopping.append(ledger.close)
    portal.checks["ledger"] = lambda: ledger.alive
    ledger.beginnings.append(logged.record_missing)
    release = Release.of(client, app.extensions[web.PAGE_POLICY])
    portal.put(release)
    ledger.beginnings.append(lambda unit: record_release(unit, release))
    for views in (ledger_views.blueprint, ledger_pages.release_views, ledger_pages.page_views):
        app.register_blueprint(views)


def _add_accounts(app: flask.Flask, portal: Portal) -> None:
    portal.put(Accounts.open(portal.settings))
    name_payers(portal.settings, portal.database.at_rest)
    app.extensions[web.IS_KNOWN] = is_known
    app.register_blueprint(accounts_views.blueprint)
    app.register_blueprint(accounts_administration.blueprint)
    app.register_blueprint(interpreter_views.blueprint)
    app.register_blueprint(hand_over_views.blueprint)

    def authenticate(ticket: str) -> Actor:
        return portal.database.write(lambda unit: sessions.actor_of_ticket(unit, ticket))

    portal.realtime.authenticate = authenticate


def _add_rooms(app: flask.Flask, portal: Portal) -> None:
    rooms = Rooms.open(portal.settings, portal.database)
    portal.put(rooms)
    portal.get(Accounts).listeners.append(rooms.account_changed)
    portal.put(Passing(portal.realtime, portal.wake))
    company = Company(portal.database, portal.realtime, portal.wake)
    portal.put(company)
    portal.starting.extend((rooms.start, company.start))
    portal.stopping.extend((rooms.close, company.stop))
    portal.checks["writer"] = lambda: rooms.writer.alive
    if not portal.settings.several:  # of several, each finds what was committed in the database
        portal.database.uncertain = lambda: _begin_anew(portal, rooms)
    for views in (room_views, blob_views, key_package_views):
        app.register_blueprint(views.blueprint)
    portal.get(Ledger).every_ten_minutes.append(roots.record_roots)
    RoomEvents(portal, rooms).install()


def _begin_anew(portal: Portal, rooms: Rooms) -> None:
    """Have everybody read the database again: something may be in it that nobody was told."""
    rooms.handler.anything_changed()
    portal.realtime.close_everyone()


def _make_weeks(portal: Portal) -> None:
    settings = portal.settings
    portal.database.write(lambda unit: weeks.ensure(unit, settings.time_zone, settings.hall_minutes))


def _add_translation(portal: Portal) -> None:
    translation = PublicTranslation.open(portal.settings)
    portal.put(translation)
    portal.stopping.append(translation.close)


def _sweep(portal: Portal) -> None:
    """Drop expired sessions, tickets, enrolments and unfinished uploads, for as long as the process serves."""
    right = Leadership(portal.database, leadership.SWEEP)
    while True:
        gevent.sleep(SWEEP_S)
        try:
            run_in_thread(lambda: _sweep_once(portal, right))
        except SQLAlchemyError as error:
            _log.error("sweep.failed", kind=type(error).__name__)


def _sweep_once(portal: Portal, right: Leadership) -> None:
    database = portal.database
    if right.held():  # else another process is at it
        try:
            lifetimes = portal.get(Accounts).lifetimes
            database.write(lambda unit: sessions.end_expired_sessions(unit, lifetimes))
            database.write(enrolments.drop_expired)
            portal.get(Rooms).files.sweep(database)
            database.write(jobs.sweep)
            _make_weeks(portal)
        finally:
            right.give_up()
