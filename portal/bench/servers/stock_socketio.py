"""Flask-SocketIO as it comes, on gevent with its own WebSocket driver; no storage, no signature."""

import sys

from flask import Flask, request
from flask_socketio import SocketIO, emit, join_room
from gevent.pywsgi import WSGIServer

app = Flask(__name__)
socketio = SocketIO(app, async_mode="gevent", cors_allowed_origins="*")


@socketio.on("connect")  # type: ignore[untyped-decorator]  # the library is not typed
def connected() -> None:
    """Let listeners join the one room."""
    if request.args.get("listen"):
        join_room("r")


@socketio.on("msg")  # type: ignore[untyped-decorator]  # the library is not typed
def relay(payload: str) -> None:
    """Send to the room."""
    emit("msg", payload, to="r")


if __name__ == "__main__":
    WSGIServer(("127.0.0.1", int(sys.argv[1])), app, log=None).serve_forever()
