"""Make the table of code points that a draft's text may hold, for both twins.

The table is fixed at Unicode 14.0, the version of Python 3.11, and is not the runtime's: two members with different
runtimes must never differ over a text. Every later version normalises these code points the same (Unicode's stability
policy), so that NFC may be the runtime's. Run it with Python 3.11; it rewrites both files.
"""

import textwrap
import unicodedata
from pathlib import Path

ROOT = Path(__file__).parents[3]
VERSION = "14.0.0"
REFUSED = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
KEPT = {0x09, 0x0A, 0x0D, 0x200C, 0x200D}
PREPENDED_MARKS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Cf by category, but seen: Prepended_Concatenation_Mark of PropList.txt 14.0."""
OBJECT_REPLACEMENT = 0xFFFC
"""Stands for a footnote's reference in canonical text: nobody else may write it."""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

PYTHON = '''"""Which code points a draft's text may hold. Made by tests/wire/drafts/make_code_points.py; do not edit.

Unicode {version}, whatever the runtime's: all but controls (save tab, LF, CR), format controls (save ZWNJ, ZWJ and the
marks that are seen), line and paragraph separators, surrogates, private use, unassigned, and U+FFFC.
"""

from typing import Final

UNICODE_VERSION: Final = "{version}"
RUNS: Final = (
{lines}
)
"""Lengths in base 36 of refused and allowed runs in turn, from U+0000 to U+10FFFF; the first is refused."""
'''
TYPESCRIPT = """// Which code points a draft's text may hold.
// Made by tests/wire/drafts/make_code_points.py; do not edit.
// Unicode {version}, whatever the runtime's: all but controls (save tab, LF, CR), format controls (save ZWNJ, ZWJ and
// the marks that are seen), line and paragraph separators, surrogates, private use, unassigned, and U+FFFC.

export const UNICODE_VERSION = "{version}";

/** Lengths in base 36 of refused and allowed runs in turn, from U+0000 to U+10FFFF; the first is refused. */
export const RUNS =
{lines};
"""


def is_allowed(code_point: int) -> bool:
    """Tell whether text may hold it."""
    if code_point in KEPT or code_point in PREPENDED_MARKS:
        return True
    return code_point != OBJECT_REPLACEMENT and unicodedata.category(chr(code_point)) not in REFUSED


def runs() -> str:
    """Return the lengths of refused and allowed runs in turn."""
    if unicodedata.unidata_version != VERSION:
        msg = f"this Python knows Unicode {unicodedata.unidata_version}"
        raise RuntimeError(msg)
    lengths, allowed, begin = [], False, 0
    for code_point in range(0x110000):
        if is_allowed(code_point) != allowed:
            lengths.append(code_point - begin)
            allowed, begin = not allowed, code_point
    lengths.append(0x110000 - begin)
    return " ".join(map(_base36, lengths))


def _base36(value: int) -> str:
    text = ""
    while value or not text:
        value, digit = divmod(value, 36)
        text = DIGITS[digit] + text
    return text


def sources() -> dict[Path, str]:
    """Return what each of the two files has to say."""
    lines = textwrap.wrap(runs(), 110)
    parts = [line + " " for line in lines[:-1]] + lines[-1:]
    python = PYTHON.format(version=VERSION, lines="\n".join(f'    "{part}"' for part in parts))
    script = TYPESCRIPT.format(version=VERSION, lines=" +\n".join(f'  "{part}"' for part in parts))
    return {
        ROOT / "portal/wire/drafts/code_points.py": python,
        ROOT / "static/src/wire/drafts/code-points.ts": script,
    }


if __name__ == "__main__":
    for path, source in sources().items():
        path.write_text(source, encoding="utf-8")
