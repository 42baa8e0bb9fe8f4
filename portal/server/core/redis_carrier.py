"""Redis as the carrier of wake-ups. A module of its own: redis-py is not loaded where there is no Redis."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

import redis

from portal.server.core.carriers import CarrierError

PIECE_MAX_BYTES: Final = 1 << 20
_PATIENCE_S: Final = 3.0


class RedisCarrier:
    """A Redis's channel. redis-py is used in native threads only, each with a connection of its own."""

    piece_max_bytes: int = PIECE_MAX_BYTES

    def __init__(self, url: str, channel: str) -> None:
        self._channel = channel
        self._redis: redis.Redis = redis.Redis.from_url(
            url, socket_connect_timeout=_PATIENCE_S, socket_timeout=_PATIENCE_S, socket_keepalive=True
        )
        self._heard: Any = None

    def send(self, pieces: Sequence[bytes]) -> None:
        """See Carrier."""
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for piece in pieces:
                    pipeline.publish(self._channel, piece)
                pipeline.execute()
        except redis.RedisError as error:
            raise CarrierError(type(error).__name__) from error

    def receive(self, wait_s: float) -> Iterator[bytes]:
        """See Carrier."""
        try:
            if self._heard is None:
                self._heard = self._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                self._heard.subscribe(self._channel)
            message = self._heard.get_message(timeout=wait_s)
            while message is not None:
                yield message["data"]
                message = self._heard.get_message(timeout=0)
        except redis.RedisError as error:
            with suppress(redis.RedisError):
                self._heard.close()
            self._heard = None
            raise CarrierError(type(error).__name__) from error

    def close(self) -> None:
        """See Carrier."""
        if self._heard is not None:
            self._heard.close()
        self._redis.close()
