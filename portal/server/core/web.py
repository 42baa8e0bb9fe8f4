"""What every HTTP view shares: bodies read strictly, answers, errors, guards against other sites, security headers."""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import flask
import structlog
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, TooManyRequests

from portal.server.core import i18n, logs, metrics
from portal.server.core.patience import KNOWN
from portal.wire.errors import OwnFault, PeerError, PortalError

M = TypeVar("M", bound=BaseModel)
JSON_LIMIT_BYTES: Final = 256 * 1024
STRANGER_BODY_BYTES: Final = 1 << 20
"""A larger body is read only of somebody who is signed in."""
BODY_LIMIT_BYTES: Final = 8 << 20
"""No request may be larger, whatever its view allows."""
API_PREFIX: Final = "/api/"
_STATE_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_SCRIPT_TYPES: Final = frozenset({"text/javascript", "application/javascript"})
_BODY_TYPES: Final = frozenset({"application/json", "application/octet-stream"})
REQUEST_ID_HEADER: Final = "X-Request-ID"
_REQUEST_ID: Final = re.compile(r"[0-9a-f]{32}")
FORM_TYPE: Final = "application/x-www-form-urlencoded"
PAGE_POLICY: Final = "portal-page-policy"
"""Where the application keeps the Content-Security-Policy of the client's page."""
IS_KNOWN: Final = "portal-is-known"
"""Where the application keeps what tells whether a request is of somebody signed in; UserError if no longer."""
_log = structlog.get_logger(__name__)


class FormBlueprint(flask.Blueprint):
    """A blueprint whose views may read forms; every other view takes JSON or octets alone.

    ``authority``: whether a cookie gives its views authority, so that a form must come from a page of ours. Where it
    does not, a browser too old to say where a form comes from is believed, since nobody gains by forging one.
    """

    def __init__(self, name: str, import_name: str, *, authority: bool) -> None:
        super().__init__(name, import_name)
        self.authority = authority


def json_body(model: type[M], *, limit_bytes: int = JSON_LIMIT_BYTES) -> M:
    """Return the request's JSON body as ``model``.

    Raises PeerError: request.too_large, or request.malformed with the ``field`` that is wrong.
    """
    raw = _body("application/json", limit_bytes)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        place = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        raise PeerError("request.malformed", field=".".join(map(str, place))) from None


def octet_body(limit_bytes: int) -> bytes:
    """Return the request's application/octet-stream body of at most ``limit_bytes``.

    Raises PeerError: request.too_large, or request.malformed for another content type.
    """
    return _body("application/octet-stream", limit_bytes)


def form_bytes(limit_bytes: int) -> bytes:
    """Return the request's form, as sent, of at most ``limit_bytes``; for ``pages.form``.

    Raises PeerError: request.too_large, or request.malformed for another content type.
    """
    return _body(FORM_TYPE, limit_bytes)


def reply(value: BaseModel | Mapping[str, Any] | Sequence[Any], status: int = 200) -> flask.Response:
    """Return a JSON response; models may stand anywhere in ``value``."""
    raw = json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))
    return flask.Response(raw, status, content_type="application/json")


def error_reply(error: PortalError) -> flask.Response:
    """Return ``error`` as JSON with its sentence in the reader's language."""
    metrics.REFUSALS.counts["http", error.code] += 1
    body = {"code": error.code, "message": text_of_error(error.code), "detail": error.detail}
    return reply({"error": body}, error.http_status)


def text_of_error(code: str) -> str:
    """Return the sentence of an error code in the reader's language."""
    return i18n.text(f"error.{code}", i18n.best_language(flask.request.accept_languages))


def install(
    app: flask.Flask,
    origins: frozenset[str],
    *,
    https: bool,
    script_hashes: Sequence[str] = (),
    origins_at: Callable[[str], frozenset[str]] | None = None,
    ids_from_proxy: bool = False,
) -> None:
    """Give ``app`` the guards, headers and error handlers of every view.

    ``origins`` are those of our own pages; ``script_hashes`` allow the import map that the built page holds inline;
    ``ids_from_proxy``: a proxy in front names requests (X-Request-ID), and lines of logs go by its names.
    ``origins_at`` says whose pages may change something at a host, where there are several: ``origins`` otherwise.
    """
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT_BYTES
    headers = _security_headers(origins, https=https, script_hashes=script_hashes)
    app.extensions[PAGE_POLICY] = headers["Content-Security-Policy"]

    @app.before_request
    def guard() -> None:
        structlog.contextvars.clear_contextvars()
        views = flask.current_app.blueprints.get(flask.request.blueprint or "")
        if isinstance(views, FormBlueprint) and not views.authority:
            # An id that a proxy knows, too, would lead from its lines, with their time, to ours of a citizen.
            bound: dict[str, Any] = {"request": secrets.token_hex(6), logs.DAY_ALONE: True}
        else:
            flask.g.request_id = _request_id(from_proxy=ids_from_proxy)
            bound = {"request": flask.g.request_id}
        structlog.contextvars.bind_contextvars(**bound)
        if flask.request.method in _STATE_CHANGING:
            _refuse_other_sites(flask.request, origins_at(flask.request.host) if origins_at else origins)

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()

    @app.after_request
    def secure(response: flask.Response) -> flask.Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if "request_id" in flask.g:
            response.headers[REQUEST_ID_HEADER] = flask.g.request_id
        if response.mimetype in _SCRIPT_TYPES:
            # A worker has no import map, so it could name no integrity for what it imports: where a browser applies
            # this policy to workers, it would refuse all of that. To pages it still applies.
            del response.headers["Integrity-Policy"]
        if flask.request.path.startswith(API_PREFIX):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.register_error_handler(PortalError, error_reply)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)


def _request_id(*, from_proxy: bool) -> str:
    """The id under which lines of a request stand in logs: a proxy's, if it has the form of nginx's, or a new one."""
    given = flask.request.headers.get(REQUEST_ID_HEADER, "") if from_proxy else ""
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(6)


def _refuse_other_sites(request: flask.Request, origins: frozenset[str]) -> None:
    """Refuse a state-changing request that a page of another site could have caused."""
    views = flask.current_app.blueprints.get(request.blueprint or "")
    if isinstance(views, FormBlueprint) and request.mimetype == FORM_TYPE:
        _refuse_other_forms(request, origins, authority=views.authority)
        return
    if request.headers.get("Origin") not in origins:
        raise PeerError("request.origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise PeerError("request.origin")
    if request.content_length or request.headers.get("Transfer-Encoding"):
        _check_type(request.mimetype in _BODY_TYPES)


def _refuse_other_forms(request: flask.Request, origins: frozenset[str], *, authority: bool) -> None:
    """Refuse a form of another site. Browsers say "null", or nothing, for pages that keep their address to themselves.

    Then Sec-Fetch-Site tells, which no page can forge; browsers that know neither are older than 2020.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "null")
    known = origin in origins or (site is not None if authority else True)
    if (origin != "null" and origin not in origins) or site not in {None, "same-origin", "none"} or not known:
        raise PeerError("request.origin")


def _body(content_type: str, limit_bytes: int) -> bytes:
    request = flask.request
    _check_type(request.mimetype == content_type)
    _check_size(request, limit_bytes)
    # The limit holds for bodies without a declared length, too: reading stops there.
    request.max_content_length = limit_bytes
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise PeerError("request.too_large", limit_bytes=limit_bytes) from None


def _check_size(request: flask.Request, limit_bytes: int) -> None:
    """Refuse a body before a byte of it is read. What strangers could make us hold is little."""
    size_bytes = request.content_length or 0
    if size_bytes > limit_bytes:
        raise PeerError("request.too_large", limit_bytes=limit_bytes)
    if size_bytes <= STRANGER_BODY_BYTES:
        return
    is_known = flask.current_app.extensions.get(IS_KNOWN)
    if is_known is None or not is_known():
        raise PeerError("request.too_large", limit_bytes=STRANGER_BODY_BYTES)
    request.environ[KNOWN] = True


def _check_type(right: bool) -> None:  # noqa: FBT001 - an assertion with a code, nothing is switched by it
    if not right:
        raise PeerError("request.malformed", field="Content-Type")


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    msg = f"{type(value).__name__} is no JSON value"
    raise TypeError(msg)


def _http_error(error: HTTPException) -> flask.Response:
    """Answer what Flask itself refuses: JSON for programs, a plain page for people."""
    if isinstance(error, TooManyRequests):
        return error_reply(PeerError("request.too_many"))
    if isinstance(error, RequestEntityTooLarge):
        return error_reply(PeerError("request.too_large", limit_bytes=BODY_LIMIT_BYTES))
    status = error.code or 500
    if status in {301, 302, 304, 307, 308}:
        return flask.Response(status=status, headers=error.get_headers())
    code = "request.not_found" if status in {404, 405} else "request.malformed"
    if flask.request.path.startswith(API_PREFIX):
        return error_reply(PeerError(code))
    return _error_page(code, 404 if status == 405 else status)


def _fault(error: Exception) -> flask.Response:
    """Answer a defect of ours: logged once under an id that the person can pass on."""
    fault = secrets.token_hex(6)
    _log.error("request.fault", fault=fault, endpoint=flask.request.endpoint, exc_info=error)
    refusal = OwnFault("server.fault", fault=fault)
    if flask.request.path.startswith(API_PREFIX):
        return error_reply(refusal)
    return _error_page(refusal.code, refusal.http_status, fault)


def _error_page(code: str, status: int, fault: str = "") -> flask.Response:
    language = i18n.best_language(flask.request.accept_languages)
    page = flask.render_template(
        "error.html",
        language=language,
        message=i18n.text(f"error.{code}", language),
        way_on=i18n.text("page.back", language),
        fault=fault,
    )
    return flask.Response(page, status, content_type="text/html; charset=utf-8")


def permissions(meetings: Iterable[str] = ()) -> str:
    """Return a Permissions-Policy: nothing of the device, but for ``meetings`` (origins) camera, microphone, screen."""
    places = " ".join(f'"{origin}"' for origin in meetings)
    shared = f"(self {places})" if places else "()"
    granted = [f"{feature}={shared}" for feature in ("camera", "display-capture", "microphone")]
    return ", ".join((*granted, "geolocation=()", "payment=()", "usb=()"))


def _security_headers(origins: frozenset[str], *, https: bool, script_hashes: Sequence[str]) -> dict[str, str]:
    scripts = " ".join(("'self'", *(f"'{value}'" for value in script_hashes), "'wasm-unsafe-eval'"))
    sockets = sorted("ws" + origin.removeprefix("http") for origin in origins)
    policy = (
        "default-src 'none'",
        f"script-src {scripts}",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        f"connect-src 'self' {' '.join(sockets)}",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types portal",
    )
    headers = {
        "Content-Security-Policy": "; ".join(policy),
        "Integrity-Policy": "blocked-destinations=(script)",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": permissions(),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers
