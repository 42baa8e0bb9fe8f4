"""The plaintexts of the record (docs/protocol.md §5, "Content types"): made, and read with suspicion."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, get_args

from portal.member import content_fields as read
from portal.member import translation_content
from portal.member.translation_content import LanguageContent
from portal.wire.canonical import MAX_SAFE_INTEGER
from portal.wire.device_list import DeviceKind
from portal.wire.ids import AccountId, BlobId, ItemId

Mark: TypeAlias = Literal["agree", "noted", "thanks", "question"]
_MENTIONS_MAX: Final = 256
_FILES_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class File:
    """How a file is found and opened: ``key`` and ``sha256`` (of the plaintext) are b64 of 32 bytes, as they came."""

    blob: BlobId
    key: str
    name: str
    type: str
    size_bytes: int
    chunk_bytes: int
    sha256: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message; ``lang`` is a BCP 47 tag."""

    text: str
    lang: str
    reply: ItemId | None = None
    mentions: tuple[AccountId, ...] = ()
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """Another text for an own message."""

    target: ItemId
    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An own message is taken back; it stays visible."""

    target: ItemId
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """A mark under a message, put on or taken off."""

    target: ItemId
    mark: Mark
    on: bool


@dataclass(frozen=True, slots=True)
class Name:
    """The room's name."""

    name: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What the chair did to the room."""

    notice: Literal["archived", "reopened"]


Content: TypeAlias = Message | Correction | Withdrawal | Reaction | Name | Notice | LanguageContent


def encode_content(content: Content, at_ms: int) -> bytes:
    """Return the plaintext of an item; ``at_ms`` is this device's clock."""
    fields = {"v": 1, "at": at_ms} | _WRITERS[type(content)](content)
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def fields_of(plaintext: bytes) -> dict[str, Any] | None:
    """Return the fields of a plaintext as browsers read them, or None if it is no JSON object."""
    try:
        text = plaintext.decode("utf-8")
        fields = json.loads(text, parse_constant=_refuse_constant, parse_float=_number, parse_int=_number)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def parse_content(plaintext: bytes) -> Content | None:
    """Return the content of a plaintext, or None if it is none of version 1: other programs are not trusted either."""
    fields = fields_of(plaintext)
    if fields is None or not read.is_count(fields.get("v")) or fields["v"] != 1:
        return None
    reader = _READERS.get(fields["t"]) if isinstance(fields.get("t"), str) else None
    try:
        return None if reader is None else reader(fields)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def is_by(content: Content, kind: DeviceKind) -> bool:
    """Tell whether a device of this kind may have written the content.

    Interpreters write translations and what belongs to them, nothing else, and nobody else does.
    """
    return isinstance(content, translation_content.BY_INTERPRETERS) == (kind == "interpreter")


def _message_fields(message: Message) -> dict[str, Any]:
    fields: dict[str, Any] = {"t": "message", "text": message.text, "lang": message.lang}
    fields |= {"mentions": list(message.mentions), "files": [_file_fields(file) for file in message.files]}
    return fields if message.reply is None else fields | {"reply": message.reply}


def _file_fields(file: File) -> dict[str, Any]:
    fields: dict[str, Any] = {"blob": file.blob, "key": file.key, "name": file.name, "type": file.type}
    fields |= {"size_bytes": file.size_bytes, "chunk_bytes": file.chunk_bytes, "sha256": file.sha256}
    if file.width is None or file.height is None:
        return fields
    return fields | {"width": file.width, "height": file.height}


def _withdrawal_fields(content: Withdrawal) -> dict[str, Any]:
    fields: dict[str, Any] = {"t": "withdrawal", "target": content.target}
    return fields if content.reason is None else fields | {"reason": content.reason}


_WRITERS: Final[Mapping[type, Callable[[Any], dict[str, Any]]]] = MappingProxyType(
    {
        Message: _message_fields,
        Correction: lambda one: {"t": "correction", "target": one.target, "text": one.text, "lang": one.lang},
        Withdrawal: _withdrawal_fields,
        Reaction: lambda one: {"t": "reaction", "target": one.target, "mark": one.mark, "on": one.on},
        Name: lambda one: {"t": "name", "name": one.name},
        Notice: lambda one: {"t": "notice", "notice": one.notice},
        **translation_content.WRITERS,
    }
)


def _read_message(fields: dict[str, Any]) -> Message:
    return Message(
        text=read.text(fields["text"]),
        lang=read.text(fields["lang"]),
        reply=ItemId(read.identifier(fields["reply"])) if "reply" in fields else None,
        mentions=read.listed(_list_in(fields, "mentions"), _MENTIONS_MAX, lambda one: AccountId(read.identifier(one))),
        files=read.listed(_list_in(fields, "files"), _FILES_MAX, _read_file),
    )


def _list_in(fields: dict[str, Any], name: str) -> Any:
    value = fields.get(name)
    return [] if value is None else value


def _read_file(fields: Any) -> File:
    width, height = fields.get("width"), fields.get("height")
    sized = read.is_count(width) and read.is_count(height)
    return File(
        blob=BlobId(read.identifier(fields["blob"])),
        key=read.text(fields["key"]),
        name=read.text(fields["name"]),
        type=read.text(fields["type"]),
        size_bytes=read.count(fields["size_bytes"]),
        chunk_bytes=read.count(fields["chunk_bytes"]),
        sha256=read.text(fields["sha256"]),
        width=width if sized else None,
        height=height if sized else None,
    )


def _read_correction(fields: dict[str, Any]) -> Correction:
    target = ItemId(read.identifier(fields["target"]))
    return Correction(target, read.text(fields["text"]), read.text(fields["lang"]))


def _read_withdrawal(fields: dict[str, Any]) -> Withdrawal:
    reason = read.text(fields["reason"]) if "reason" in fields else None
    return Withdrawal(ItemId(read.identifier(fields["target"])), reason)


def _read_reaction(fields: dict[str, Any]) -> Reaction:
    mark = read.choice(fields["mark"], get_args(Mark))
    return Reaction(ItemId(read.identifier(fields["target"])), mark, read.flag(fields["on"]))


def _read_name(fields: dict[str, Any]) -> Name:
    return Name(read.text(fields["name"]))


def _read_notice(fields: dict[str, Any]) -> Notice:
    return Notice(read.choice(fields["notice"], ("archived", "reopened")))


_READERS: Final[Mapping[str, Callable[[dict[str, Any]], Content]]] = MappingProxyType(
    {
        "message": _read_message,
        "correction": _read_correction,
        "withdrawal": _read_withdrawal,
        "reaction": _read_reaction,
        "name": _read_name,
        "notice": _read_notice,
        **translation_content.READERS,
    }
)


def _number(text: str) -> int | float:
    """A number as browsers read it: all are doubles, so that 1.0 is 1, and no length of digits is a fault."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= MAX_SAFE_INTEGER else value


def _refuse_constant(name: str) -> None:
    msg = f"{name} is no JSON"
    raise ValueError(msg)
