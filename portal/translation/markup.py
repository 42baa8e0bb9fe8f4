"""Reading XML that strangers wrote: no entities, no network, no depth without end."""

import re
import xml.etree.ElementTree as ET
from typing import Final
from xml.parsers import expat

from portal.translation.errors import ExchangeError

MAX_BYTES: Final = 64 << 20
MAX_DEPTH: Final = 50
_ILLEGAL: Final = re.compile("[^\t\n\r\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_xml(data: bytes) -> ET.Element:
    """The root element; ExchangeError if it is malformed, declares entities, or is too large or too deep."""
    if len(data) > MAX_BYTES:
        msg = f"the file is larger than {MAX_BYTES >> 20} MiB"
        raise ExchangeError(msg)
    tree = ET.TreeBuilder()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            msg = f"the file is nested more than {MAX_DEPTH} deep"
            raise ExchangeError(msg)
        tree.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        tree.end(name)

    def refuse(*_: object) -> None:
        msg = "the file declares entities, which could make it explode; nothing was read"
        raise ExchangeError(msg)

    parser = expat.ParserCreate(namespace_separator=None)
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = tree.data
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = None
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes it so
        return tree.close()
    except (expat.ExpatError, AssertionError, LookupError, ValueError) as error:
        msg = f"the file is no well-formed XML: {error}"
        raise ExchangeError(msg) from error


def write_xml(root: ET.Element) -> bytes:
    """A document in UTF-8, indented for people."""
    ET.indent(root, " ")
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def local(name: str) -> str:
    """An element's name without its prefix."""
    return name.rpartition(":")[2]


def language_of(element: ET.Element) -> str:
    """The value of ``xml:lang`` or of the older ``lang``, in the form of package codes: ``ko-KR`` is ``ko``."""
    code = element.get("xml:lang") or element.get("lang") or ""
    return code.partition("-")[0].partition("_")[0].lower()


def text_of(element: ET.Element) -> str:
    """All text inside, without the markup that tools put into segments."""
    return "".join(element.itertext()).strip()


def legal(text: str) -> str:
    """Without the characters that XML 1.0 can not hold."""
    return _ILLEGAL.sub("", text)
