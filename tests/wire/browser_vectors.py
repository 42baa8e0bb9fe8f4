"""What the browser's code made once (static/test/make_vectors.ts), as the tests of the other side read it."""

import json
from pathlib import Path
from typing import Any, Final

VECTORS: Final = Path(__file__).parent.parent / "vectors"


def vectors(name: str) -> Any:
    """Return one part of the browser's vectors: JSON, with bytes as hexadecimal or base64url."""
    return json.loads((VECTORS / "browser.json").read_text("utf-8"))[name]
