"""Words for whoever sits at the terminal."""

import sys


def say(words: str) -> None:
    """Print ``words`` at once, without what a terminal would obey: names are chosen by others."""
    shown = "".join(one if one in "\n\t" or one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in words)
    sys.stdout.write(shown + "\n")
    sys.stdout.flush()
