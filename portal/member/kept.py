"""How values are written into the store: dataclasses, numbers, text and bytes, as JSON, and back by their types.

Bytes are written as ``{"~": b64}``. No field is ever left out, so that what another version wrote is noticed.
"""

import dataclasses
import enum
import json
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any, Final, NewType, TypeVar, cast

from portal.wire.ids import b64, unb64

_BYTES: Final = "~"
Kept = TypeVar("Kept")


class KeptValueError(ValueError):
    """Stored bytes that are not a value of this type: of another version, or damaged."""


def encode(value: Any) -> bytes:
    """Return the bytes of a value made of dataclasses, mappings with text keys, tuples, lists, text, numbers, bytes."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def decode(kind: type[Kept], raw: bytes) -> Kept:
    """Return the value of type ``kind`` that ``encode`` wrote; KeptValueError for anything else."""
    try:
        value: Kept = _reader(cast("Hashable", kind))(json.loads(raw.decode("utf-8", "surrogatepass")))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"no {kind}"
        raise KeptValueError(msg) from error
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {_BYTES: b64(value)}
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, enum.IntEnum) else value


Reader = Callable[[Any], Any]


@cache
def _reader(kind: Any) -> Reader:
    """What reads the plain form of this type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, NewType):
        return _reader(kind.__supertype__)
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(cast("type", kind))
    if origin in {typing.Union, types.UnionType}:
        return _optional_reader(arguments)
    if origin is tuple:
        return _tuple_reader(arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        inner = _reader(arguments[1])
        return lambda plain: {name: inner(value) for name, value in plain.items()}
    return _scalar_reader(kind, origin, arguments)


def _scalar_reader(kind: Any, origin: Any, arguments: tuple[Any, ...]) -> Reader:
    if kind is Any:
        return lambda plain: plain
    if origin is typing.Literal:
        return lambda plain: _checked(plain, plain in arguments)
    if kind is bytes:
        return lambda plain: unb64(plain[_BYTES])
    if isinstance(kind, type) and issubclass(kind, enum.IntEnum):
        return kind
    if kind in {int, str, bool}:
        return lambda plain: _checked(plain, type(plain) is kind)
    msg = f"values of type {kind} are not kept"
    raise UnkeptTypeError(msg)


class UnkeptTypeError(Exception):
    """A fault of ours: a class with a field of a type that is never kept."""


def _dataclass_reader(kind: type) -> Reader:
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    readers: dict[str, Reader] = {}

    def read(plain: Any) -> Any:
        if not readers:  # at the first use, so that a class may hold its own kind
            readers.update({name: _reader(hints[name]) for name in names})
        _checked(plain, plain.keys() == readers.keys())
        return kind(**{name: readers[name](plain[name]) for name in names})

    return read


def _optional_reader(arguments: tuple[Any, ...]) -> Reader:
    (inner,) = (argument for argument in arguments if argument is not types.NoneType)
    read = _reader(inner)
    return lambda plain: None if plain is None else read(plain)


def _tuple_reader(arguments: tuple[Any, ...]) -> Reader:
    if arguments[1:] == (Ellipsis,):
        read = _reader(arguments[0])
        return lambda plain: tuple(read(inner) for inner in plain)
    readers = [_reader(argument) for argument in arguments]
    return lambda plain: tuple(read(inner) for read, inner in zip(readers, plain, strict=True))


def _checked(plain: Any, holds: bool) -> Any:  # noqa: FBT001 - reads as an assertion
    if not holds:
        msg = "another shape"
        raise ValueError(msg)
    return plain
