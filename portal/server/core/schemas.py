"""What every feature's request and response models share."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from portal.wire.ids import id_bytes, unb64


class Schema(BaseModel):
    """Base of request and response bodies: strict types, no unknown keys, never changed after parsing."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _identifier(value: str) -> str:
    id_bytes(value)
    return value


IdText = Annotated[str, StringConstraints(min_length=22, max_length=22), AfterValidator(_identifier)]
"""An identifier: 22 characters of base64url for 16 bytes."""

UnixSeconds = Annotated[int, Field(ge=0, lt=2**53)]
"""Seconds since 1970, UTC."""


def b64_text(*, length_bytes: int | None = None, max_bytes: int | None = None) -> AfterValidator:
    """Return a validator of canonical base64url text that stands for ``length_bytes`` or at most ``max_bytes`` bytes.

    Use as ``Annotated[str, b64_text(length_bytes=32)]``; the value stays text, ``unb64`` opens it.
    """

    def check(value: str) -> str:
        if max_bytes is not None and len(value) > (max_bytes * 4 + 2) // 3:
            msg = f"longer than {max_bytes} bytes"
            raise ValueError(msg)
        unb64(value, length_bytes)
        return value

    return AfterValidator(check)
