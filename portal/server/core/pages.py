"""Pages that the server makes, for people without an account: they work without scripts, in eight languages.

A view says ``return page("feedback/say.html", part="say", …)``. Templates extend ``public/_base.html`` (one column) or
``public/_wide.html``, and find there, besides what the view gave:

- ``t("key", n=…)`` texts of the part (``catalogues.Words``), with ``t.date``, ``t.moment``, ``t.number``,
  ``t.percent``, ``t.language_name``; ``lang`` and ``dir`` of the page; ``languages`` (names by code); ``dir_of(code)``
- ``stylesheet("public.css")``, ``script("say.ts")`` and ``asset("pow.worker.ts")`` of static/src/public
- ``here``: the path of this page, with the language in it

Forms are read by ``form`` and come back as they were typed when something in them is wrong.
"""

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar, get_origin
from urllib.parse import parse_qsl, urlencode

import flask
import jinja2
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import HTTPException

from portal.server.core.assets import Client
from portal.server.core.catalogues import DEFAULT_LANGUAGE, LANGUAGES, Words, direction
from portal.server.core.context import portal
from portal.server.core.limits import limiter
from portal.server.core.web import FormBlueprint, form_bytes, permissions, text_of_error
from portal.wire.errors import PeerError, PortalError

LANGUAGE_COOKIE: Final = "lang"
FORM_LIMIT_BYTES: Final = 1 << 20
"""Room for a text of 100 kB in any script, of which the form's encoding makes up to nine bytes a character."""
FIELDS_MAX: Final = 500
_ASSETS: Final = "portal-page-assets"


class FormModel(BaseModel):
    """Base of what a form sends: no unknown fields, never changed after reading. Fields of a list may come repeatedly.

    A validator's PydanticCustomError names the problem: its type is looked up as ``problem.<field>.<type>``, then
    ``problem.<field>``, then ``problem.<type>`` in the page's catalogues, with its context as values.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=FormModel)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field: a kind, such as "missing", and the values of its sentence."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Form(Generic[M]):
    """A form as it came: what was typed, what it means (None if something is wrong), and the problems by field."""

    typed: dict[str, list[str]] = field(default_factory=dict)
    value: M | None = None
    problems: dict[str, Problem] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return what was typed into the field ``name``."""
        return self.typed.get(name, [default])[0]

    def chosen(self, name: str, value: str) -> bool:
        """Return whether ``value`` was chosen among those of the field ``name``."""
        return value in self.typed.get(name, ())

    def refuse(self, name: str, kind: str, **values: Any) -> "Form[M]":
        """Note a problem that only the view could find; the page is to be shown again."""
        self.problems[name] = Problem(kind, values)
        self.value = None
        return self


def blueprint(name: str, *, signed_in: bool = False) -> FormBlueprint:
    """Return a blueprint of pages: it may read forms, answers errors with pages, and limits no address.

    ``signed_in``: a cookie gives its views authority, so that forms are taken from our own pages alone.
    """
    made = FormBlueprint(name, name, authority=signed_in)
    made.register_error_handler(PortalError, _refusal)
    made.register_error_handler(HTTPException, _http_error)
    if not signed_in:
        # Hundreds may sit behind one address: what a flood costs is bounded by the work that each submission proves.
        limiter.exempt(made)
    return made


def install(app: flask.Flask, client: Client) -> None:
    """Give templates the built style sheets and scripts of ``client``, and an environment that hides no mistake."""
    app.extensions[_ASSETS] = client
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def language() -> str:
    """Return the language of the request's page: asked for in the address, chosen before, or the browser's."""
    for chosen in (flask.request.args.get("lang"), flask.request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in LANGUAGES:
            return str(chosen)
    return flask.request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE) or DEFAULT_LANGUAGE


def words(part: str) -> Words:
    """Return the words of ``part`` in the language of the request's page."""
    return Words(part, language())


def page(
    template: str, *, part: str, status: int = 200, cache_s: int = 0, frames: Iterable[str] = (), **values: Any
) -> flask.Response:
    """Return the page that ``template`` makes of ``values``, in the reader's language.

    ``cache_s``: for how many seconds anyone may keep it; 0 for what is one person's alone. ``frames``: origins that it
    may embed, such as that of a meeting.
    """
    chosen = language()
    text = flask.render_template(template, **_context(part, chosen), **values)
    response = _compressed(text.encode())
    response.status_code = status
    framed = tuple(frames)
    response.headers["Content-Security-Policy"] = _policy(framed)
    if framed:
        # What is embedded comes from elsewhere and says nothing of who may embed it.
        response.headers["Cross-Origin-Embedder-Policy"] = "unsafe-none"
        # A meeting hears and shows its people. A page can pass on only what it may do itself.
        response.headers["Permissions-Policy"] = permissions(framed)
    # Without the address of the page a browser gives a form no origin, and its sender could not be told from others.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = f"public, max-age={cache_s}" if cache_s else "no-store"
    response.vary.update(("Accept-Encoding", "Accept-Language", "Cookie"))
    return _with_language(response, chosen)


def see_other(address: str) -> flask.Response:
    """Return the answer that makes a browser get ``address`` (a path of ours) after a form was taken."""
    response = flask.redirect(address, HTTPStatus.SEE_OTHER)
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]  # flask's own class, by its application


def form(model: type[M], *, limit_bytes: int = FORM_LIMIT_BYTES) -> Form[M]:
    """Read the request's form as ``model``; what is wrong in it stands in ``problems``.

    Raises PeerError: request.too_large, or request.malformed for what no page of ours would send.
    """
    typed: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            form_bytes(limit_bytes).decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX
        )
    except ValueError:  # no UTF-8, or more fields than any page has
        raise PeerError("request.malformed") from None
    for name, text in pairs:
        typed.setdefault(name, []).append(text.replace("\r\n", "\n"))
    try:
        return Form(typed, model.model_validate({name: _value(model, name, texts) for name, texts in typed.items()}))
    except ValidationError as error:
        return Form(typed, problems=_problems(error))


def error_page(error: PortalError, *, status: int | None = None) -> flask.Response:
    """Return a page that says what ``error`` means, in the reader's language."""
    found = words("common")
    message = found.find(f"error.{error.code}") or text_of_error(error.code)
    fault = str(error.detail.get("fault", ""))
    shown: dict[str, Any] = {"message": message, "fault": fault}
    if flask.request.method != "GET":
        shown["language_path"] = "/town-hall"
    return page("public/error.html", part="common", status=status or error.http_status, **shown)


def _value(model: type[FormModel], name: str, texts: list[str]) -> object:
    known = model.model_fields.get(name)
    if known is None:
        raise PeerError("request.malformed", field=name[:40])
    annotation = get_origin(known.annotation) or known.annotation
    if annotation in {list, tuple, set, frozenset}:
        return texts
    if len(texts) > 1:
        raise PeerError("request.malformed", field=name)
    return texts[0]


def _problems(error: ValidationError) -> dict[str, Problem]:
    """The first problem of each field."""
    found: dict[str, Problem] = {}
    for problem in error.errors(include_url=False, include_input=False):
        place = str(problem["loc"][0]) if problem["loc"] else ""
        found.setdefault(place, Problem(problem["type"], dict(problem.get("ctx", {}))))
    return found


def _context(part: str, chosen: str) -> dict[str, Any]:
    others = [(name, value) for name, value in flask.request.args.items(multi=True) if name != "lang"]

    def address_in(code: str, path: str = flask.request.path) -> str:
        kept = others if path == flask.request.path else []
        return f"{path}?{urlencode([*kept, ('lang', code)])}"

    return {
        "t": Words(part, chosen),
        "lang": chosen,
        "dir": direction(chosen),
        "dir_of": direction,
        "languages": LANGUAGES,
        "address_in": address_in,
        "here": address_in(chosen),
        "path": flask.request.path,
        "asset": _asset,
        "stylesheet": _stylesheet,
        "script": _script,
    }


def _asset(name: str) -> str:
    """The address of what was built from static/src/public/``name``; empty if the client was not built."""
    built = _built(name)
    return f"/static/{built[0]}" if built else ""


def _built(name: str) -> tuple[str, str] | None:
    client: Client = flask.current_app.extensions[_ASSETS]
    file = client.manifest.get("public", {}).get(name)
    return None if file is None else (file, client.manifest["files"][file]["integrity"])


def _stylesheet(name: str) -> Markup:
    built = _built(name)
    link = Markup('<link rel="stylesheet" href="/static/{}" integrity="{}" crossorigin="anonymous">')
    return link.format(*built) if built else Markup()


def _script(name: str) -> Markup:
    """The tag of an enhancement; the page must work without it."""
    built = _built(name)
    tag = Markup('<script type="module" src="/static/{}" integrity="{}" crossorigin="anonymous"></script>')
    return tag.format(*built) if built else Markup()


def _policy(frames: tuple[str, ...]) -> str:
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "media-src 'self' blob:",
        f"frame-src {' '.join(frames) or chr(39) + 'none' + chr(39)}",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types portal",
    )
    return "; ".join(policy)


def _compressed(body: bytes) -> flask.Response:
    response = flask.Response(content_type="text/html; charset=utf-8")
    if flask.request.accept_encodings.quality("gzip") > 0:
        body = gzip.compress(body, 6, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    response.set_data(body)
    return response


def _with_language(response: flask.Response, chosen: str) -> flask.Response:
    """Keep a language that was asked for until the browser is closed; nothing else is ever kept there."""
    if flask.request.args.get("lang") == chosen and flask.request.cookies.get(LANGUAGE_COOKIE) != chosen:
        secure = portal().settings.public_url.startswith("https://")
        response.set_cookie(LANGUAGE_COOKIE, chosen, path="/", secure=secure, httponly=True, samesite="Lax")
    return response


def _refusal(error: PortalError) -> flask.Response:
    return error_page(error)


def _http_error(error: HTTPException) -> flask.Response:
    status = error.code or 500
    if status in {301, 302, 303, 304, 307, 308}:
        return flask.Response(status=status, headers=error.get_headers())
    codes = {404: "request.not_found", 405: "request.not_found", 413: "request.too_large", 429: "request.too_many"}
    return error_page(PeerError(codes.get(status, "request.malformed")), status=404 if status == 405 else status)
