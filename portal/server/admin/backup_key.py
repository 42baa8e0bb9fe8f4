"""``portal admin backup-key``: the key pair of backups. The secret half belongs where no server of the portal is."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from portal.server.admin.asked import answered
from portal.server.admin.sealing import new_key


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin backup-key``."""
    words = "Make a key pair for backups, and print the public half. Keep the file away from the server: it opens them."
    parser = argparse.ArgumentParser(prog="portal admin backup-key", description=words)
    parser.add_argument("file", type=Path, help="new file for the secret half")
    options = parser.parse_args(arguments)
    return answered(lambda: _make(options.file))


def _make(file: Path) -> int:
    print(new_key(file))
    return 0
