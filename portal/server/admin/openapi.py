"""``portal admin openapi``: the HTTP interface as an OpenAPI 3.1 description."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from portal.config import Settings
from portal.server.app import create_app
from portal.server.openapi import describe


def main(arguments: Sequence[str]) -> int:
    """Print the description, or write it to a file."""
    words = "Describe the HTTP interface in OpenAPI 3.1, for programs and for tests. Needs no installation."
    parser = argparse.ArgumentParser(prog="portal admin openapi", description=words)
    parser.add_argument("--to", type=Path, metavar="FILE", help="write it there")
    options = parser.parse_args(arguments)
    text = description()
    if options.to is None:
        sys.stdout.write(text)
    else:
        options.to.write_text(text, encoding="utf-8")
    return 0


def description() -> str:
    """Return the description as JSON text."""
    with tempfile.TemporaryDirectory(prefix="portal-openapi-") as folder:
        app = create_app(Settings(data_dir=Path(folder)))
        return json.dumps(describe(app), indent=1, ensure_ascii=False) + "\n"
