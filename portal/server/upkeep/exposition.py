"""``/metrics``: served at an address of its own, by a thread of its own, never where browsers come."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector


class MetricsPortError(RuntimeError):
    """The address of ``/metrics`` can not be taken; the message says which, and why."""


class Exposition:
    """Serves ``registries`` as one, at ``host`` and ``port``, until it is closed. Raises MetricsPortError."""

    def __init__(self, host: str, port: int, registries: Iterable[CollectorRegistry]) -> None:
        whole = CollectorRegistry()
        for registry in registries:
            whole.register(_Joined(registry))
        try:
            self._server, self._thread = start_http_server(port, host, whole)
        except OSError as error:
            msg = f"can not listen on metrics_host {host}, metrics_port {port}: {error.strerror}"
            raise MetricsPortError(msg) from error

    def close(self) -> None:
        """Listen no longer; an answer under way is not waited for."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Joined(Collector):
    """A registry inside another one; its names are checked inside."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        return self._registry.collect()

    def describe(self) -> Iterable[Metric]:
        return ()
