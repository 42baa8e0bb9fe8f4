"""What a draft's Yjs documents say, as plain data; the same to the last run as static/src/draft/model reads in Yjs.

Nothing is lost, and nothing that somebody may have put in stops the reading: an entry of another type than its place
takes is passed over, a clause that hangs in the air comes last, at the top. Keys are sorted by UTF-16 code units, as in
the browser.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeGuard, cast, get_args

from pycrdt import Doc, Map, XmlElement, XmlFragment, XmlText

from portal.wire.canonical import MAX_SAFE_INTEGER
from portal.wire.drafts.text import Atom, Bracket, NodeKind, OptionSource, Run, TextDocument, TextNode
from portal.wire.ids import is_id

BRACKET_KEY: Final = "bracket--"
CITE_KEY: Final = "cite--"
MOST_NODES: Final = 20_000
"""No treaty has more clauses; of more, those of the lowest ids are read."""
DEEPEST_NODE: Final = 64
DEEPEST_ELEMENT: Final = 8
DEEPEST_JSON: Final = 8
_HANGS: Final = -1
_LANG: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}", re.ASCII)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_KINDS: Final = frozenset(get_args(NodeKind))
_MARKS: Final = ("em", "strong")
_SPACE: Final[Run] = {"text": " ", "marks": [], "brackets": []}
Fields = Map[Any]


def read_text(doc: Doc[Any]) -> TextDocument:
    """Return everything that a document of the stream ``text`` says."""
    entries = sorted(_maps(root(doc, "nodes")), key=lambda entry: entry[0])[:MOST_NODES]
    nodes = [_node(name, fields) for name, fields in entries]
    brackets = [_bracket(name, fields) for name, fields in _maps(root(doc, "brackets"))]
    meta = root(doc, "meta")
    named = _entries(_map(meta, "title"))
    title = {lang: _text(words) for lang, words in named if is_language(lang) and isinstance(words, str)}
    return {
        "meta": {"title": title, "langs": languages(doc), "template": _string(meta, "template")},
        "nodes": _in_order(nodes),
        "brackets": sorted(brackets, key=lambda bracket: utf16(bracket["id"])),
    }


def read_proposals(doc: Doc[Any]) -> dict[str, Any]:
    """Return everything that a document of a delegation's proposals says, as JSON."""
    supports = root(doc, "supports")
    return {
        "proposals": {name: _proposal(fields) for name, fields in _maps(root(doc, "proposals"))},
        "supports": {key: True for key, on in supports.items() if on is True},
    }


def root(doc: Doc[Any], name: str) -> Fields:
    """Return a document's root map."""
    return cast("Fields", doc.get(name, type=Map))


def languages(doc: Doc[Any]) -> list[str]:
    """Return the columns of a text (BCP 47), the drafting language first."""
    langs = _json(root(doc, "meta"), "langs")
    return [lang for lang in langs if isinstance(lang, str) and is_language(lang)] if isinstance(langs, list) else []


def is_language(key: str) -> bool:
    """Whether a key can be a language: a short tag of BCP 47, as acts name them, too."""
    return _LANG.fullmatch(key) is not None


def fragment_of(doc: Doc[Any], node: str, lang: str) -> XmlFragment | XmlElement | None:
    """Return where the words of a clause in a language stand, or None if there is no such place yet."""
    fields = _get(root(doc, "nodes"), node)
    return _fragment(_map(fields, "text"), lang) if isinstance(fields, Map) else None


def read_fragment(fragment: XmlFragment | XmlElement) -> list[Run]:
    """Return the words of a fragment; of several texts in it all, with a space between them."""
    runs: list[Run] = []
    for text in texts_in(fragment):
        inline = merged(filter(None, (_piece(value, attributes or {}) for value, attributes in text.diff())))
        runs += [*([_SPACE] if runs and inline else []), *inline]
    return merged(runs)


def texts_in(fragment: XmlFragment | XmlElement, depth: int = 0) -> list[XmlText]:
    """Return the texts in a fragment, in the order of the document; those deeper than any that is written are not."""
    found: list[XmlText] = []
    for child in fragment.children:
        if isinstance(child, XmlText):
            found.append(child)
        elif depth < DEEPEST_ELEMENT:
            found += texts_in(child, depth + 1)
    return found


def merged(runs: Iterable[Run]) -> list[Run]:
    """Return runs with those of the same marks joined, and without empty ones."""
    out: list[Run] = []
    for run in runs:
        if "atom" not in run and not run["text"]:
            continue
        last = out[-1] if out else None
        if last is not None and "atom" not in last and "atom" not in run and _marks(last) == _marks(run):
            out[-1] = {**last, "text": last["text"] + run["text"]}
        else:
            out.append(run)
    return out


def utf16(text: str) -> bytes:
    """Return a key by which texts sort as the browser sorts them."""
    return text.encode("utf-16-be", "surrogatepass")


def _marks(run: Run) -> tuple[Any, ...]:
    return run["marks"], run["brackets"], run.get("cite")


def _piece(value: Any, attributes: Mapping[str, Any]) -> Run | None:
    marked = _marked(attributes)
    if isinstance(value, str):
        return {**marked, "text": value}
    atom = _atom(value)
    return None if atom is None else {**marked, "atom": atom}


def _marked(attributes: Mapping[str, Any]) -> Run:
    brackets = {
        (value["id"], value["option"])
        for key, value in attributes.items()
        if key.startswith(BRACKET_KEY) and _is_pair(value, "id", "option")
        if is_id(value["id"]) and is_id(value["option"])
    }
    run: Run = {
        "text": "",
        "marks": [mark for mark in _MARKS if attributes.get(mark) is not None],
        "brackets": [list(one) for one in sorted(brackets, key=lambda one: (utf16(one[0]), utf16(one[1])))],
    }
    cites = [
        (value["id"], value["source"])
        for key, value in attributes.items()
        if key.startswith(CITE_KEY) and _is_pair(value, "id", "source") and is_id(value["id"])
    ]
    if cites:  # those of several who cited the same words at once are kept under the one that all read
        found, source = min(cites, key=lambda one: (utf16(one[0]), utf16(one[1])))
        run["cite"] = {"id": found, "source": source}
    return run


def _is_pair(value: Any, one: str, other: str) -> TypeGuard[dict[str, str]]:
    return isinstance(value, dict) and _is_text(value.get(one)) and _is_text(value.get(other))


def _is_text(value: Any) -> bool:
    """Whether it is a text that can be written again: half of a letter can not."""
    return isinstance(value, str) and not _SURROGATE.search(value)


def _atom(value: Any) -> Atom | None:
    if not isinstance(value, dict):
        return None
    note = value.get("note")
    if isinstance(note, str) and is_id(note):
        return {"note": note}
    return "br" if "br" in value else None


def _node(name: str, fields: Fields) -> TextNode:
    kind, text = _string(fields, "kind"), _map(fields, "text")
    words: dict[str, list[Run]] = {}
    for lang, _ in _entries(text):
        fragment = _fragment(text, lang)
        if fragment is not None and is_language(lang):
            words[lang] = read_fragment(fragment)
    return {
        "id": name,
        "kind": cast("NodeKind", kind if kind in _KINDS else "paragraph"),
        "parent": _string(fields, "parent"),
        "order": _string(fields, "order"),
        "text": words,
    }


def _bracket(name: str, fields: Fields) -> Bracket:
    options = [(_string(option, "order"), key, option) for key, option in _maps(_map(fields, "options"))]
    return {
        "id": name,
        "by": _string(fields, "by"),
        "at": max(whole(_get(fields, "at")) or 0, 0),
        "reason": _string(fields, "reason"),
        "whole": _get(fields, "whole") is True,
        "options": [
            {
                "id": key,
                "by": _string(option, "by"),
                "kind": "delete" if _string(option, "kind") == "delete" else "text",
                "from": _sources(_json(option, "from")),
            }
            for _, key, option in sorted(options, key=lambda one: (utf16(one[0]), utf16(one[1])))
        ],
    }


def _proposal(fields: Fields) -> dict[str, Any]:
    plain = {key: _plain(value) for key, value in fields.items() if key != "text"}
    text = _map(fields, "text")
    fragments = {lang: _fragment(text, lang) for lang, _ in _entries(text)}
    words = {lang: read_fragment(fragment) for lang, fragment in fragments.items() if fragment is not None}
    return {**{key: value for key, value in plain.items() if value is not None}, "text": words}


def _plain(value: Any) -> str | bool | int | None:
    """What JSON of both sides writes alike, else None."""
    return value if isinstance(value, str | bool) else whole(value)


def _sources(read: Any) -> list[OptionSource]:
    named = [one for one in read if _is_pair(one, "delegation", "proposal")] if isinstance(read, list) else []
    return [{"delegation": one["delegation"], "proposal": one["proposal"]} for one in named]


def whole(value: Any) -> int | None:
    """Return a number of a document, which holds floats alone, as an integer; None for what is no safe one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value == value // 1 and abs(value) <= MAX_SAFE_INTEGER else None


def _in_order(nodes: list[TextNode]) -> list[TextNode]:
    """Depth first, siblings by (order, id); what hangs in the air goes last, at the top."""
    depths = _depths({node["id"]: node for node in nodes})
    children: dict[str, list[TextNode]] = {}
    last: list[TextNode] = []
    for node in nodes:
        if depths[node["id"]] == _HANGS:
            last.append({**node, "parent": ""})
        else:
            children.setdefault(node["parent"], []).append(node)
    out: list[TextNode] = []
    waiting = [*_by_order(last)[::-1], *_by_order(children.get("", []))[::-1]]
    while waiting:
        node = waiting.pop()
        out.append(node)
        waiting += _by_order(children.get(node["id"], []))[::-1]
    return out


def _depths(by_id: Mapping[str, TextNode]) -> dict[str, int]:
    """How deep each clause stands; _HANGS where a parent is missing, where it stands under itself or too deep."""
    depths: dict[str, int] = {}
    for start in by_id:
        path: list[str] = []
        on_path: set[str] = set()
        at = start
        while at in by_id and at not in depths and at not in on_path:
            path.append(at)
            on_path.add(at)
            at = by_id[at]["parent"]
        if at in on_path:  # those of a circle hang, each of them; what only leads into it stands under them
            begins = path.index(at)
            depths |= dict.fromkeys(path[begins:], _HANGS)
            del path[begins:]
        for one in reversed(path):
            depths[one] = _depth_under(by_id[one]["parent"], depths)
    return depths


def _depth_under(parent: str, depths: Mapping[str, int]) -> int:
    if not parent:
        return 0
    if parent not in depths:
        return _HANGS
    depth = max(depths[parent], 0) + 1
    return _HANGS if depth > DEEPEST_NODE else depth


def _by_order(nodes: Iterable[TextNode]) -> list[TextNode]:
    return sorted(nodes, key=lambda node: (utf16(node["order"]), utf16(node["id"])))


def _maps(fields: Fields | None) -> list[tuple[str, Fields]]:
    return [(key, value) for key, value in _entries(fields) if is_id(key) and isinstance(value, Map)]


def _entries(fields: Fields | None) -> list[tuple[str, Any]]:
    return [] if fields is None else list(fields.items())


def _get(fields: Fields, name: str) -> Any:
    return fields.get(name)


def _map(fields: Fields, name: str) -> Fields | None:
    value = _get(fields, name)
    return value if isinstance(value, Map) else None


def _fragment(text: Fields | None, lang: str) -> XmlFragment | XmlElement | None:
    value = None if text is None else _get(text, lang)
    return value if isinstance(value, XmlFragment | XmlElement) else None


def _text(value: Any) -> str:
    return value if _is_text(value) else ""


def _string(fields: Fields, name: str) -> str:
    return _text(_get(fields, name))


def _json(fields: Fields, name: str) -> Any:
    text = _string(fields, name)
    if _nesting(text) > DEEPEST_JSON:
        return None
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError:
        return None


def _refuse(name: str) -> None:
    """NaN and infinities are no JSON, though Python reads them."""
    raise ValueError(name)


def _nesting(text: str) -> int:
    """How deep a text is in brackets, wherever they stand."""
    depth = deepest = 0
    for letter in text:
        if letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    return deepest
