"""The negotiators' client: built files only, served as they are, with names that hold their hash."""

import gzip
import json
import mimetypes
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import flask

from portal.server.core.work import run_in_thread

YEAR_S: Final = 365 * 86_400
PREFIX: Final = "/static/"
# Files of the build that describe it and change in place.
_COMPRESSED: Final = frozenset({".css", ".html", ".js", ".json", ".svg", ".txt"})
_UNHASHED: Final = frozenset({"index.html", "manifest.json", "licences.txt"})


class Client:
    """The folder of built files; only what its manifest names is served."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest that ``deploy/build.py`` wrote; empty if the client was not built."""
        path = self.folder / "manifest.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}

    @property
    def script_hashes(self) -> tuple[str, ...]:
        """Hashes for the content policy of the one inline import map, if there is one."""
        return tuple(self.manifest.get("script_hashes", ()))

    def served(self) -> dict[str, Path]:
        """Return every file by the path at which it is served; empty if the client was not built."""
        names = sorted({*self.manifest.get("files", {}), *(_UNHASHED if self.manifest else ())})
        pages = {"/": self.folder / "index.html"} if self.manifest else {}
        return pages | {f"{PREFIX}{name}": self.folder / name for name in names}

    def install(self, app: flask.Flask) -> None:
        """Serve the page at / and its files under /static."""
        app.add_url_rule("/", "client.page", self._page)
        app.add_url_rule(f"{PREFIX}<name>", "client.file", self._file)

    def _page(self) -> flask.Response:
        if not (self.folder / "index.html").is_file():
            flask.abort(404)
        return self._sent("index.html")

    def _file(self, name: str) -> flask.Response:
        if name not in self.manifest.get("files", {}) and name not in _UNHASHED:
            flask.abort(404)
        return self._sent(name)

    def _sent(self, name: str) -> flask.Response:
        path = self.folder / name
        kind, _ = mimetypes.guess_type(name)
        compressed = path.suffix in _COMPRESSED and flask.request.accept_encodings.quality("gzip") > 0
        body = run_in_thread(lambda: _content(path, path.stat().st_mtime_ns, compressed=compressed))
        response = flask.Response(body, mimetype=kind)
        if compressed:
            response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        changes = name in _UNHASHED
        response.headers["Cache-Control"] = "no-cache" if changes else f"public, max-age={YEAR_S}, immutable"
        return response


@lru_cache(maxsize=64)
def _content(path: Path, _changed_ns: int, *, compressed: bool) -> bytes:
    """Return the file's bytes; read, and compressed, once for each version of it."""
    raw = path.read_bytes()
    return gzip.compress(raw, mtime=0) if compressed else raw
