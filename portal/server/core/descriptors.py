"""How many files, connections among them, this process may open."""

import resource
from typing import Final

FILES_MAX: Final = 1 << 17


def files_allowed() -> int:
    """Return how many files this process may open, after asking for as many as it may.

    Most systems begin with 1,024, for programs that select() files; a thousand idle strangers would use them up, and
    the database could not open its own.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return FILES_MAX
    wanted = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)
