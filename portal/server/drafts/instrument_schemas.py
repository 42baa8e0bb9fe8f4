"""What is asked and answered about instruments (docs/protocol.md §10, Register of instruments)."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from portal.server.core.schemas import IdText, Schema, b64_text
from portal.server.drafts.instrument_models import TITLE_CHARS_MAX
from portal.server.rooms.schemas import Count

SIGNATURES_MAX: Final = 64
STATEMENT_CHARS_MAX: Final = 4096


class SignatureText(Schema):
    """A signature under a draft: the statement that was signed, and the Ed25519 signature."""

    statement: Annotated[str, StringConstraints(min_length=2, max_length=STATEMENT_CHARS_MAX)]
    sig: Annotated[str, b64_text(length_bytes=64)]


class PublicationRequest(Schema):
    """Consents to the publication of a signed draft; the first one proposes it."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=TITLE_CHARS_MAX)]
    bundle: Annotated[str, b64_text(length_bytes=32)]
    signatures: Annotated[list[SignatureText], Field(min_length=2, max_length=SIGNATURES_MAX)]


class SignerView(Schema):
    """Who signed, by the statement; ``key`` is the device's, which verifies ``sig`` (protocol.md §10, Acts)."""

    statement: str
    sig: str
    key: str
    name: str
    capacity: str
    at_ms: Count
    delegation: IdText
    delegation_name: str
    delegation_code: str


class InstrumentView(Schema):
    """A signed draft that is, or is to be, public. ``root`` is what was signed, over the ``langs`` [language, root]."""

    instrument: IdText
    draft: IdText
    title: str
    bundle: str
    root: str
    langs: tuple[tuple[str, str], ...]
    signatures: tuple[SignerView, ...]
    consented: tuple[str, ...]
    published_ms: Count | None
