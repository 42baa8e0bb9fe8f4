"""A host that no page of the portal may reach: it counts who tried."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class Bystander:
    """Listens on a port of its own, which makes it another origin; keeps the first line that each caller sends."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.origin = f"http://localhost:{self.port}"
        self.callers: list[str] = []
        self._thread = threading.Thread(target=self._accept, name="bystander", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                caller, _address = self._server.accept()
            except OSError:
                return  # closed: we are done
            with caller:
                caller.settimeout(2)
                with contextlib.suppress(OSError):
                    self.callers.append(caller.recv(4096).partition(b"\r\n")[0].decode("latin-1"))
                    caller.sendall(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n")
