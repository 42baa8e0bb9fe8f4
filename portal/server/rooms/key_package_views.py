"""Key packages over HTTP."""

from typing import Final

import flask

from portal.server.accounts.sessions import device_of
from portal.server.accounts.signed_in import read_as, write_as
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.core.limits import limiter
from portal.server.core.web import json_body, reply
from portal.server.rooms import key_packages, schemas
from portal.wire.ids import DeviceId, Id, b64, unb64

CLAIMS: Final = "600 per minute; 6000 per hour"
"""A new device of one person is let into each room by a claim of its own, and somebody may be in hundreds of rooms.
Whoever claims more only empties other people's stock; their last-resort packages remain."""
DEPOSITS: Final = "30 per minute"
BODY_BYTES: Final = 2 * (schemas.PACKAGES_MAX + 1) * schemas.KEY_PACKAGE_MAX_BYTES
blueprint = flask.Blueprint("key_packages", __name__, url_prefix="/api/key-packages")


@blueprint.post("")
@limiter.limit(DEPOSITS)
def deposit() -> flask.Response:
    """Add to the stock of the caller's device."""
    body = json_body(schemas.KeyPackagesRequest, limit_bytes=BODY_BYTES)
    packages = [unb64(package) for package in body.packages]
    last_resort = None if body.last_resort is None else unb64(body.last_resort)
    return _stock(write_as(lambda unit, actor: key_packages.deposit(unit, actor, packages, last_resort)), 201)


@blueprint.get("/count")
def count() -> flask.Response:
    """Say how many packages of the caller's device are left."""
    return _stock(read_as(key_packages.stock_of))


@blueprint.post("/claim")
@limiter.limit(CLAIMS)
def claim() -> flask.Response:
    """Hand out one package for each device."""
    devices = [DeviceId(Id(device)) for device in json_body(schemas.ClaimRequest).devices]

    def hand_out(unit: Unit, actor: Actor) -> key_packages.Claimed:
        device_of(actor)
        return key_packages.claim(unit, devices)

    claimed = write_as(hand_out)
    packages = {device: b64(package) for device, package in claimed.packages.items()}
    return reply({"packages": packages, "missing": claimed.missing})


def _stock(stock: key_packages.Stock, status: int = 200) -> flask.Response:
    return reply({"left": stock.left, "last_resort": stock.last_resort}, status)
