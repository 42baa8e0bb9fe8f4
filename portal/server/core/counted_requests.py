"""Counts the requests of an application, and how long they take (``metrics``)."""

import time

import flask

from portal.server.core import metrics
from portal.server.core.web import API_PREFIX, FormBlueprint


def install(app: flask.Flask) -> None:
    """Count the requests of ``app``."""

    @app.before_request
    def begin() -> None:
        flask.g.begun_s = time.perf_counter()

    @app.after_request
    def end(response: flask.Response) -> flask.Response:
        _answered(response.status_code)
        return response


def _answered(status: int) -> None:
    request = flask.request
    if not _is_for_known(request):
        metrics.PUBLIC_REQUESTS.add(f"{status // 100}xx")
        return
    route = request.url_rule.rule if request.url_rule is not None else "none"
    metrics.REQUESTS.counts[route, request.method, str(status)] += 1
    begun_s = flask.g.get("begun_s")
    if begun_s is not None:
        metrics.REQUEST_SECONDS.labels(request.blueprint or "none").observe(time.perf_counter() - begun_s)


def _is_for_known(request: flask.Request) -> bool:
    """Whether only somebody with an account, or a supervisor, asks for this."""
    views = flask.current_app.blueprints.get(request.blueprint or "")
    if isinstance(views, FormBlueprint):
        return views.authority
    return request.path.startswith(API_PREFIX) or request.blueprint == "health"
