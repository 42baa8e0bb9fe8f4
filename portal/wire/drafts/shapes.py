"""Shapes of JSON from strangers: small checks that are put together to large ones.

Each is true or false and never an exception. Twin of static/src/wire/drafts/shapes.ts.
"""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from portal.wire.canonical import MAX_SAFE_INTEGER
from portal.wire.ids import is_id, unb64

Shape = Callable[[Any], bool]
"""Tells whether a value has the shape."""
Key = Callable[[Any], Any]

_LANG: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")
"""BCP 47 as far as columns of a draft need it: a language, and at most four subtags."""
_DATE: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_UNSEEN: Final = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]")
"""Controls but tab and line feed, and what turns the direction of the words around it."""
_NONE: Final[Mapping[str, Shape]] = MappingProxyType({})

identifier: Final[Shape] = is_id


def digest(value: Any) -> bool:
    """Tell whether ``value`` is a hash: canonical base64url of 32 bytes."""
    return _is_base64(value, 32)


def signature(value: Any) -> bool:
    """Tell whether ``value`` is a signature: canonical base64url of 64 bytes."""
    return _is_base64(value, 64)


def lang(value: Any) -> bool:
    """Tell whether ``value`` is a language tag."""
    return isinstance(value, str) and _LANG.fullmatch(value) is not None


def date(value: Any) -> bool:
    """Tell whether ``value`` is a day: YYYY-MM-DD."""
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def flag(value: Any) -> bool:
    """Tell whether ``value`` is true or false."""
    return isinstance(value, bool)


def whole(value: Any) -> bool:
    """Tell whether ``value`` is an integer from 0 to 2^53-1."""
    return type(value) is int and 0 <= value <= MAX_SAFE_INTEGER


def text(longest: int, shortest: int = 0) -> Shape:
    """Return the shape of text of ``shortest`` to ``longest`` code points, without what nobody sees."""
    return lambda value: isinstance(value, str) and shortest <= len(value) <= longest and not _UNSEEN.search(value)


def among(*values: str | int) -> Shape:
    """Return the shape of one of ``values``."""
    known = frozenset((type(value), value) for value in values)
    return lambda value: isinstance(value, str | int) and (type(value), value) in known


def either(one: Shape, other: Shape) -> Shape:
    """Return the shape of what has either shape."""
    return lambda value: one(value) or other(value)


def array(element: Shape, longest: int, shortest: int = 0) -> Shape:
    """Return the shape of a list of ``shortest`` to ``longest`` elements of one shape."""
    return lambda value: isinstance(value, list) and shortest <= len(value) <= longest and all(map(element, value))


def pair(first: Shape, second: Shape) -> Shape:
    """Return the shape of a list of two."""
    return lambda value: isinstance(value, list) and len(value) == 2 and first(value[0]) and second(value[1])


def distinct(shape: Shape, key: Key) -> Shape:
    """Return the shape of a list whose elements differ in what ``key`` says of them."""
    return lambda value: shape(value) and len(set(map(key, value))) == len(value)


def ascending(shape: Shape, key: Key) -> Shape:
    """Return the shape of a list whose elements ascend strictly by what ``key`` says of them."""

    def check(value: Any) -> bool:
        if not shape(value):
            return False
        keys = [key(element) for element in value]
        return all(before < after for before, after in pairwise(keys))

    return check


def structure(fields: Mapping[str, Shape], optional: Mapping[str, Shape] = _NONE) -> Shape:
    """Return the shape of an object with exactly these fields; those in ``optional`` may be absent."""
    known = {**optional, **fields}

    def check(value: Any) -> bool:
        if not isinstance(value, dict) or not fields.keys() <= value.keys() <= known.keys():
            return False
        return all(known[name](inner) for name, inner in value.items())

    return check


def table(key: Shape, inner: Shape) -> Shape:
    """Return the shape of an object of any size whose keys have one shape and whose values have another."""
    return lambda value: isinstance(value, dict) and all(key(name) and inner(one) for name, one in value.items())


def _is_base64(value: Any, length_bytes: int) -> bool:
    if not isinstance(value, str):
        return False
    try:
        unb64(value, length_bytes)
    except ValueError:
        return False
    return True
