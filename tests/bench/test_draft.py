"""The measurement of drafts: what counts as a target met, and a real server with real editors under it."""

import pytest

from portal.bench import draft, draft_subjects
from portal.bench.draft_subjects import HOCUSPOCUS, PORTAL, Y_WEBSOCKET, Found, Load


def found(key_p99: float, flush_p99: float, stored: int = 0) -> Found:
    end = {"key_p50": 1.0, "key_p99": key_p99, "flush_p50": 1.0, "flush_p99": flush_p99, "sent": 1e6, "received": 9e6}
    steps = {"begin": {}, "end": end, "log": {"items": 9.0, "load_ms": 80.0}, "snapshot": {"load_ms": 30.0}}
    kept = {"end": 2 * stored, "compacted": stored}
    return Found(steps, kept, kept, server_cpu_s=1.5)


def test_like_is_compared_with_like(capsys: pytest.CaptureFixture[str]) -> None:
    measured = {
        PORTAL: found(450.0, 50.0, 299_000),
        Y_WEBSOCKET: found(5.0, 5.0),
        draft.GATHERING[Y_WEBSOCKET]: found(405.0, 5.0),
        draft.GATHERING[HOCUSPOCUS]: found(290.0, 40.0),
    }
    rows = draft.targets(measured)
    assert [row.met for row in rows] == [True, False, False, True, True]
    assert rows[0].measured == pytest.approx(450 / 405)
    draft.print_servers(measured)
    said = capsys.readouterr().out
    assert "450" in said
    assert "too slow" not in said


def test_what_was_left_out_is_neither_met_nor_missed() -> None:
    rows = draft.targets({PORTAL: found(450.0, 50.0, 301_000)})
    assert [row.met for row in rows] == [None, None, None, None, False]


@pytest.mark.slow
def test_editors_meet_at_a_real_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert draft_subjects.missing() is None
    monkeypatch.setattr(draft_subjects, "WRITING_S", 0.3)
    measured = draft_subjects.measure(Y_WEBSOCKET, Load(edits=60, editors=3, rate_per_s=60.0, seed=1), coalescing=True)
    assert list(measured.steps) == ["begin", "end", "left", "log", "snapshot"]
    # Gathered: nobody waited less than that for the oldest edit of a message, and some edits came along with others.
    key, sent = measured.figure("end", "key_p99"), measured.figure("end", "flush_p99")
    screens = measured.figure("end", "screens")
    assert key is not None
    assert sent is not None
    assert screens is not None
    assert key > 400
    assert sent < key
    assert 0 < screens < 2 * 60
    assert measured.stored["snapshot"] > 100_000
    assert measured.server_cpu_s > 0
