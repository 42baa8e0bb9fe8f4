"""How often one person or one address may ask over HTTP. Socket events have buckets of their own (realtime.py)."""

from typing import Final

import flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

DEFAULT: Final = "1200 per minute"
"""For everything under /api that names no limit of its own."""
HEAVY: Final = "120 per minute"
"""For what costs the server much: file chunks are exempt, they are bounded by their quota."""


def limit_key() -> str:
    """Return whose bucket pays: the signed-in account (``flask.g.limit_key``, set by accounts), else the address."""
    return str(flask.g.get("limit_key") or get_remote_address())


limiter = Limiter(key_func=limit_key, default_limits=[DEFAULT], headers_enabled=False, strategy="moving-window")
"""Used as ``@limiter.limit(HEAVY)`` on views, below the route."""
