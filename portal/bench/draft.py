"""``portal bench draft``: ten people write one text of forty pages, here and at servers that do not encrypt.

The same edits from one seed go through the portal, y-websocket and Hocuspocus, each a real server with its own client
library; the portal's editors are the browser's engine with everything that it does (sealing, signing, verifying). The
portal gathers what is typed for 400 ms; the others send each edit at once, and are measured a second time gathering as
the portal does, so that like is compared with like. One run compares all, since machines differ.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Final

from portal.bench import draft_subjects
from portal.bench.draft_subjects import HOCUSPOCUS, PORTAL, Y_WEBSOCKET, Found, Load
from portal.bench.process import cores
from portal.bench.targets import Target, print_targets

GATHERING: Final = {Y_WEBSOCKET: "y-websocket, gathering", HOCUSPOCUS: "Hocuspocus, gathering"}
SUBJECTS: Final = (PORTAL, Y_WEBSOCKET, HOCUSPOCUS)
P99_RATIO: Final = 1.5
STORED_KB: Final = 300.0
OVERLOADED_MS: Final = 250.0
_EXPLANATION: Final = """
key: from an edit to every other screen. sent: the same for the oldest edit of each message, without the 400 ms in which
a message is gathered. exchanged: bytes of all editors, both ways. log, snap: a newcomer has the text, from all edits
(Hocuspocus keeps none: from its state), and after they were compacted. CPU: seconds of processor while edits were made.
The editors of one server share one process, here as there: the portal's ten seal, sign, verify and open on one core."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print it; 1 if a target is missed or nothing can be measured, else 0."""
    options = _parser().parse_args(arguments)
    lacking = draft_subjects.missing()
    if lacking is not None:
        print(f"portal: {lacking}", file=sys.stderr)
        return 1
    _, load_core = cores()
    if load_core is not None:
        os.sched_setaffinity(0, {load_core})
    load = Load(options.edits, options.editors, options.rate, options.seed)
    begun_s = time.monotonic()
    found = {row: _measured(row, load) for row in _rows(options.only)}
    print_servers(found)
    if PORTAL not in found:
        return 0
    rows = targets(found)
    print_targets(rows)
    _print_as_they_come(found)
    print(f"\n{time.monotonic() - begun_s:.0f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return 1 if any(row.met is False for row in rows) else 0


def targets(found: Mapping[str, Found]) -> list[Target]:
    """Return all targets with what was measured; None where a peer was left out."""
    rows = [
        Target(f"{words} p99 / {name}, like for like", _ratio(found, figure, GATHERING[name]), P99_RATIO, least=False)
        for figure, words in (("key_p99", "key"), ("flush_p99", "sent"))
        for name in (Y_WEBSOCKET, HOCUSPOCUS)
    ]
    stored = found[PORTAL].stored.get("compacted")
    rows.append(Target("stored after compaction, KB", stored and stored / 1000, STORED_KB, least=False))
    return rows


def print_servers(found: Mapping[str, Found]) -> None:
    """Print what was measured of each server: milliseconds, and thousands of bytes."""
    head = f"\n{'':<24}{'key p50/p99':>14}{'sent p50/p99':>14}{'exchanged':>11}{'stored':>9}{'compact':>9}"
    print(f"{head}{'log ms':>8}{'snap ms':>9}{'CPU server':>12}{'editors':>9}")
    for name, one in found.items():
        after = one.stored.get("compacted", one.stored.get("snapshot"))
        exchanged = (one.figure("end", "sent") or 0) + (one.figure("end", "received") or 0)
        times = f"{_pair(one, 'key'):>14}{_pair(one, 'flush'):>14}{exchanged / 1000:>11.0f}"
        bytes_kept = f"{_kb(one.stored.get('end')):>9}{_kb(after):>9}"
        loads = f"{_ms(one.figure('log', 'load_ms')):>8}{_ms(one.figure('snapshot', 'load_ms')):>9}"
        print(f"{name:<24}{times}{bytes_kept}{loads}{one.server_cpu_s:>12.1f}{one.figure('end', 'cpu_s') or 0:>9.1f}")
    print(_EXPLANATION)
    for name, one in found.items():
        late_ms = one.figure("end", "late_ms") or 0
        if late_ms > OVERLOADED_MS:
            print(f"{name}: this machine was too slow for its editors, the last edit came {late_ms:.0f} ms late")
    _print_portal(found.get(PORTAL))


def _print_portal(portal: Found | None) -> None:
    if portal is None:
        return
    items, state = portal.figure("log", "items") or 0, portal.figure("end", "state_bytes") or 0
    print(
        f"portal: {items:.0f} items, {_kb(portal.envelopes['end'])} KB of them before, "
        f"{_kb(portal.envelopes['compacted'])} KB after; the text itself, as Yjs has it, {_kb(int(state))} KB; "
        f"snapshot made, compared and confirmed in {_ms(portal.figure('compacted', 'compact_ms'))} ms, waits included"
    )


def _print_as_they_come(found: Mapping[str, Found]) -> None:
    """Say what the waiting for the next keystroke costs: no target, for the portal waits on purpose."""
    for name in (Y_WEBSOCKET, HOCUSPOCUS):
        key, sent = (_ratio(found, figure, name) for figure in ("key_p99", "flush_p99"))
        if key is not None and sent is not None:
            print(f"against {name} as it comes, each keystroke sent at once: key p99 {key:.1f} times, sent {sent:.1f}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal bench draft", description="Ten people write one text.")
    parser.add_argument("--edits", type=int, default=10_000, help="how many (default: 10000)")
    parser.add_argument("--editors", type=int, default=10, help="by how many people (default: 10)")
    parser.add_argument("--rate", type=float, default=50.0, help="edits a second, of all together (default: 50)")
    parser.add_argument("--seed", type=int, default=1, help="another text and other edits (default: 1)")
    parser.add_argument("--only", choices=SUBJECTS, action="append", help="leave the others out")
    return parser


def _rows(only: Sequence[str] | None) -> list[str]:
    chosen = [name for name in SUBJECTS if only is None or name in only]
    return chosen + [GATHERING[name] for name in chosen if name in GATHERING]


def _measured(row: str, load: Load) -> Found:
    print(f"measuring {row} …", flush=True)
    subject = next((name for name, gathering in GATHERING.items() if gathering == row), row)
    return draft_subjects.measure(subject, load, coalescing=subject != row)


def _ratio(found: Mapping[str, Found], figure: str, other: str) -> float | None:
    ours = found[PORTAL].figure("end", figure)
    theirs = found[other].figure("end", figure) if other in found else None
    return None if ours is None or not theirs else ours / theirs


def _pair(found: Found, name: str) -> str:
    p50, p99 = (found.figure("end", f"{name}_{share}") for share in ("p50", "p99"))
    return "-" if p50 is None or p99 is None else f"{p50:.0f}/{p99:.0f}"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _kb(value: int | None) -> str:
    return "-" if value is None else f"{value / 1000:.0f}"
