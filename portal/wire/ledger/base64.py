"""Standard base64 (RFC 4648 §4), canonical only, as the C2SP formats use it."""

import binascii


def std_b64(raw: bytes) -> str:
    """Return ``raw`` as base64 with padding."""
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def std_unb64(text: str, length_bytes: int | None = None) -> bytes:
    """Return the bytes of ``text``.

    Raises:
        ValueError: it is not canonical base64 with padding, or not ``length_bytes`` bytes long.
    """
    raw = binascii.a2b_base64(text, strict_mode=True)
    if std_b64(raw) != text:
        msg = "base64 text is not canonical"
        raise ValueError(msg)
    if length_bytes is not None and len(raw) != length_bytes:
        msg = f"{len(raw)} bytes where {length_bytes} are due"
        raise ValueError(msg)
    return raw
