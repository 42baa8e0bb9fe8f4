"""One of several processes, without limits on how often one socket may send: port, data folder, database, Redis."""

import sys
from pathlib import Path

from portal.bench.servers.portal_server import UNLIMITED
from portal.config import load_settings
from portal.server.app import serve
from portal.server.core.realtime import EventRates

if __name__ == "__main__":
    port, folder, url, redis_url = sys.argv[1:]
    flags = {
        "port": int(port),
        "public_url": "http://localhost:8700",
        "data_dir": Path(folder),
        "database_url": url,
        "redis_url": redis_url,
        "several": True,
        "log_level": "warning",
    }
    serve(load_settings(flags=flags, environ={}), rates=EventRates(socket=UNLIMITED, account=UNLIMITED))
