"""The HTTP interface as an OpenAPI 3.1 description, made of the application's own routes and the schemas of its views.

Nothing is written twice: paths, methods and path arguments are Flask's; what a body must be, what an answer is, which
query arguments there are and who must be signed in are read from the views (views.py of each feature), whose shape the
tree keeps. What a view does not name in that way is described as any JSON object.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, get_type_hints

import flask
from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from portal import __version__
from portal.server.accounts import schemas
from portal.server.accounts.sessions import COOKIE
from portal.server.core.web import BODY_LIMIT_BYTES
from portal.wire.errors import HTTP_STATUS

PREFIXES: Final = ("/api/",)
FURTHER: Final = frozenset({"/healthz", "/readyz", "/instruments.json", "/ledger/cosignatures"})
"""What programs ask besides."""
_OCTETS: Final = "application/octet-stream"
_JSON: Final = "application/json"
_REF: Final = "#/components/schemas/{model}"
_ARGUMENT: Final = re.compile(r"<(?:(\w+)(?:\([^>]*\))?:)?(\w+)>")
# Answers whose type the views do not name where they reply.
_ANSWERS: Final[Mapping[str, Any]] = {
    "accounts.finish_onboarding": schemas.Me,
    "accounts.finish_sign_in": schemas.SignedIn,
    "accounts.sign_in_with_recovery_key": schemas.SignedIn,
}
_SIGNED_IN: Final = frozenset({"read_as", "write_as"})
_ID: Final = {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$", "description": "16 bytes as base64url"}
_PLACE: Final = {
    "type": "object",
    "required": ["number", "head", "at_ms"],
    "properties": {
        "number": {"type": "integer"},
        "head": {"type": "string"},
        "at_ms": {"type": "integer"},
        "receipt": {"type": "string"},
    },
}
# Codes that any request may get, by what it is.
_ALWAYS: Final = ("request.malformed", "request.not_found", "request.too_many", "server.fault", "server.busy")
_CHANGING: Final = ("request.origin", "request.too_large")
_METHODS: Final = ("get", "post", "put", "patch", "delete")


@dataclass
class _View:
    """What the source of a view says, with that of the helpers in its module that it calls."""

    function: Any
    calls: list[ast.Call] = field(default_factory=list)
    names: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, function: Any) -> "_View":
        """Read a view."""
        bare = inspect.unwrap(function)
        view = cls(bare, names=vars(inspect.getmodule(bare)))
        view._read(bare, set())
        return view

    def _read(self, function: Any, seen: set[str]) -> None:
        """Collect calls, the function's own first, then those of helpers of its module."""
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self.calls += found
        for name in (_called(call) for call in found):
            helper = self.names.get(name)
            if inspect.isfunction(helper) and helper.__module__ == self.function.__module__ and name not in seen:
                seen.add(name)
                self._read(helper, seen)

    def calls_of(self, *names: str) -> Iterator[ast.Call]:
        """Calls of functions with one of these names."""
        return (call for call in self.calls if _called(call) in names)

    def value(self, node: ast.expr) -> Any:
        """What a name or ``module.name`` in the source stands for; None for any other expression."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            return getattr(self.value(node.value), node.attr, None)
        return node.value if isinstance(node, ast.Constant) else None

    @property
    def body(self) -> type[BaseModel] | None:
        """The model of a JSON body."""
        for call in self.calls_of("json_body"):
            model = self.value(call.args[0])
            if inspect.isclass(model) and issubclass(model, BaseModel):
                return model
        return None

    @property
    def octets_max(self) -> int | None:
        """How many octets a body may have; None if it is none of octets."""
        for call in self.calls_of("octet_body"):
            most = self.value(call.args[0])
            return most if isinstance(most, int) else BODY_LIMIT_BYTES
        return None

    @property
    def gives_octets(self) -> bool:
        """Whether the answer is octets."""
        return any(
            keyword.arg == "content_type" and self.value(keyword.value) == _OCTETS
            for call in self.calls_of("Response")
            for keyword in call.keywords
        )

    @property
    def status(self) -> int:
        """The status of success."""
        for call in self.calls_of("reply", "_append", "_stock"):
            given = self.value(call.args[1]) if len(call.args) > 1 else None
            if isinstance(given, int):
                return given
        return HTTPStatus.OK

    @property
    def needs_session(self) -> bool:
        """Whether somebody must be signed in."""
        return any(True for _ in self.calls_of(*_SIGNED_IN))

    @property
    def numbers(self) -> list[str]:
        """The query's numbers."""
        named = [self.value(call.args[0]) for call in self.calls_of("number_argument")]
        return list(dict.fromkeys(name for name in named if isinstance(name, str)))

    @property
    def answer(self) -> Any:
        """The type of the answer as annotated on what the view replies with; None where none is."""
        for call in self.calls_of("reply"):
            found = self._type(call.args[0]) if call.args else None
            if found is not None:
                return found
        return None

    @property
    def answer_shape(self) -> dict[str, Any]:
        """The answer as it is written out in the view: an object's keys, in a list or alone."""
        for call in self.calls_of("reply"):
            if call.args and (shape := _shape(call.args[0])) is not None:
                return shape
        return {"type": ["object", "array"]}

    def _type(self, node: ast.expr) -> Any:
        """The type of an expression: of a model's instance, of what a function returns, of a unit of work's result."""
        if isinstance(node, ast.Lambda):
            return self._type(node.body)
        if isinstance(node, ast.Call):
            name, target = _called(node), self.value(node.func)
            if inspect.isclass(target) and issubclass(target, BaseModel):
                return target
            if name in {*_SIGNED_IN, "run_in_thread", "read", "write", "_read", "_write"} and node.args:
                return self._type(node.args[0])
            return _returned(target)
        return _returned(self.value(node)) if isinstance(node, (ast.Name, ast.Attribute)) else None


def describe(app: flask.Flask) -> dict[str, Any]:
    """Return the description of ``app``'s interface."""
    views = [(rule, _View.of(app.view_functions[rule.endpoint])) for rule in _rules(app)]
    models = {view.body for _, view in views if view.body is not None}
    inputs = [(model, "validation") for model in sorted(models, key=lambda model: model.__qualname__)]
    named, definitions = models_json_schema(inputs, ref_template=_REF)  # type: ignore[arg-type]
    components = dict(definitions.get("$defs", {}))
    paths: dict[str, dict[str, Any]] = {}
    for rule, view in views:
        body = None if view.body is None else named[view.body, "validation"]
        adapter = _adapter(_ANSWERS.get(rule.endpoint) or view.answer)
        answer = view.answer_shape if adapter is None else _answer_schema(adapter, components)
        operation = _operation(rule, view, body, answer)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(_path(rule), {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Negotiation portal", "version": __version__, "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": {"Error": _error_schema(), **dict(sorted(components.items()))},
            "responses": {"Refusal": _REFUSAL},
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": COOKIE}},
        },
    }


def operations(description: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (path, method, operation) of a description."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if method in _METHODS:
                yield path, method, operation


_DESCRIPTION: Final = (
    "What clients ask over HTTP; docs/protocol.md says what the sealed parts are. Every error is an Error with a code "
    "of the closed list. A request that changes something says by Origin that it comes from a page of the portal's."
)


def _rules(app: flask.Flask) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIXES) or rule.rule in FURTHER]
    return sorted(found, key=lambda rule: (rule.rule, sorted(rule.methods or ())))


def _path(rule: Rule) -> str:
    return _ARGUMENT.sub(lambda found: f"{{{found[2]}}}", rule.rule)


def _operation(rule: Rule, view: _View, body: Any, answer: dict[str, Any]) -> dict[str, Any]:
    words = inspect.getdoc(view.function) or ""
    operation: dict[str, Any] = {
        "operationId": rule.endpoint,
        "summary": words.partition("\n")[0],
        "parameters": [*_path_parameters(rule), *(_query_parameter(name) for name in view.numbers)],
        "responses": _responses(rule, view, answer),
    }
    if view.needs_session:
        operation["security"] = [{"session": []}]
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {_JSON: {"schema": body}}}
    elif view.octets_max is not None:
        schema = {"type": "string", "format": "binary", "maxLength": view.octets_max}
        operation["requestBody"] = {"required": True, "content": {_OCTETS: {"schema": schema}}}
    return operation


def _path_parameters(rule: Rule) -> Iterator[dict[str, Any]]:
    for converter, name in _ARGUMENT.findall(rule.rule):
        kinds = {"": _ID, "int": {"type": "integer", "minimum": 0}, "path": {"type": "string"}}
        yield {"name": name, "in": "path", "required": True, "schema": kinds.get(converter, {"type": "string"})}


def _query_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}}


def _responses(rule: Rule, view: _View, answer: dict[str, Any]) -> dict[str, Any]:
    content = (
        {_OCTETS: {"schema": {"type": "string", "format": "binary"}}}
        if view.gives_octets
        else {_JSON: {"schema": _PLACE if _appends(view) else answer}}
    )
    success = {"description": HTTPStatus(view.status).phrase, "content": content}
    return {str(int(view.status)): success, **_refusals(rule, view)}


def _appends(view: _View) -> bool:
    return any(_called(call) == "to_json" for call in view.calls)


def _refusals(rule: Rule, view: _View) -> dict[str, Any]:
    """The statuses of refusals with their codes: those that any such request may get, and those of its feature."""
    changing = not (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"}
    codes = {*_ALWAYS, *(_CHANGING if changing else ())}
    if view.needs_session:
        codes |= {"session.required", "session.device_required", "role.required"}
    families = _families(rule)
    codes |= {code for code in HTTP_STATUS if code.partition(".")[0] in families}
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(HTTP_STATUS[code], []).append(code)
    return {
        str(status): {"$ref": "#/components/responses/Refusal", "description": ", ".join(named)}
        for status, named in sorted(by_status.items())
    }


_FAMILIES: Final[Mapping[str, frozenset[str]]] = {
    "accounts": frozenset({"invitation", "signin", "handle", "device", "vault", "account", "delegation"}),
    "administration": frozenset({"invitation", "account", "delegation"}),
    "interpreters": frozenset({"enrolment", "account", "device", "handle"}),
    "key_packages": frozenset({"key_package", "device"}),
    "rooms": frozenset({"room", "record", "item", "commit", "grant", "welcome", "account", "delegation", "device"}),
    "blobs": frozenset({"room", "blob", "storage"}),
    "drafts": frozenset({"room", "draft", "item", "storage", "record"}),
    "instruments": frozenset({"room", "draft"}),
    "ledger": frozenset({"ledger"}),
}


def _families(rule: Rule) -> frozenset[str]:
    return _FAMILIES.get(rule.endpoint.partition(".")[0], frozenset())


_REFUSAL: Final = {
    "description": "Nothing was changed; the code says why.",
    "content": {_JSON: {"schema": {"$ref": _REF.format(model="Error")}}},
}


def _error_schema() -> dict[str, Any]:
    code = {"type": "string", "enum": sorted(HTTP_STATUS)}
    fields = {"code": code, "message": {"type": "string"}, "detail": {"type": "object"}}
    error = {"type": "object", "required": list(fields), "properties": fields, "additionalProperties": False}
    return {"type": "object", "required": ["error"], "properties": {"error": error}, "additionalProperties": False}


def _adapter(annotation: Any) -> TypeAdapter[Any] | None:
    """What makes a schema of a type; None for a type of the server's own that is no schema."""
    if annotation is None or annotation in {type(None), str, bool, int}:
        return None
    try:
        return TypeAdapter(annotation)
    except PydanticSchemaGenerationError:
        return None


def _answer_schema(adapter: TypeAdapter[Any], components: dict[str, Any]) -> dict[str, Any]:
    schema = adapter.json_schema(mode="serialization", ref_template=_REF)
    for name, definition in schema.pop("$defs", {}).items():
        components.setdefault(name, definition)
    return schema


def _shape(node: ast.expr) -> dict[str, Any] | None:
    if isinstance(node, (ast.ListComp, ast.List)):
        within = _shape(node.elt) if isinstance(node, ast.ListComp) else None
        return {"type": "array", "items": within or {}}
    if not isinstance(node, ast.Dict):
        return None
    keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
    return {"type": "object", "required": keys, "properties": {key: {} for key in keys}, "additionalProperties": False}


def _returned(function: Any) -> Any:
    """The annotated result of a function of ours."""
    if not inspect.isfunction(function):
        return None
    try:
        return get_type_hints(function).get("return")
    except (NameError, TypeError):
        return None


def _called(call: ast.Call) -> str:
    """The last name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
