"""The portal itself, as it is run, but for the limits on how often somebody may ask."""

import sys
from pathlib import Path

from portal.config import load_settings
from portal.server.app import serve
from portal.server.core.buckets import Rate
from portal.server.core.limits import limiter
from portal.server.core.realtime import EventRates

UNLIMITED = Rate(burst=1e9, per_s=1e9)


def main() -> None:
    """Serve on the port that is the first argument, from the data folder that is the second."""
    port, folder, *url = sys.argv[1:]
    flags = {"port": int(port), "data_dir": Path(folder), "database_url": url[0] if url else None, "log_level": "error"}
    limiter.enabled = False
    serve(load_settings(flags=flags, environ={}), rates=EventRates(socket=UNLIMITED, account=UNLIMITED))


if __name__ == "__main__":
    main()
