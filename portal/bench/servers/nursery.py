"""Starts the portal as often as it is asked to, from one process that has loaded the program already.

Each line on standard input is a JSON object of ``settings`` (portal/config.py). A process is forked for it before
anything of it has begun: no thread, no connection. So what a kill does to it is what it does to any other; only the
second that Python takes to load modules is saved. Its process id is answered as a line. At the end of standard input
all that came from here is killed.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from sqlalchemy.orm import configure_mappers

from portal.bench.servers.portal_server import UNLIMITED
from portal.config import load_settings
from portal.server.app import serve
from portal.server.core.realtime import EventRates


def main() -> None:
    """Serve the lines of standard input."""
    if threading.active_count() != 1:
        msg = "a module has started a thread while it was loaded: forks would not be whole"
        raise RuntimeError(msg)
    if os.getpgrp() != os.getpid():
        os.setpgrp()
    configure_mappers()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _serve(asked)
        print(child, flush=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)  # whoever started this is gone, or done with all of it


def _serve(asked: dict[str, Any]) -> None:
    """Be a portal until the end; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.stdin.close()
    sys.stdout.close()
    flags = asked["settings"]
    flags["data_dir"] = Path(flags["data_dir"])
    status = 1
    try:
        serve(load_settings(flags=flags, environ={}), rates=EventRates(socket=UNLIMITED, account=UNLIMITED))
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
