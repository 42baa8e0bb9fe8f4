"""The doctor finds what was broken on purpose, says what to do, and breaks nothing itself."""

import ast
import fcntl
import http.server
import json
import re
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal.config import Settings
from portal.server import upkeep
from portal.server.admin import doctor
from portal.server.core import worker
from portal.server.core.catalogues import catalogue
from portal.server.core.db import Database
from portal.server.core.health import PROBE_HEADER
from portal.server.core.jobs import Job
from portal.server.ledger import keys
from portal.server.ledger.feature import Ledger
from portal.server.upkeep import gauges, outside, services
from portal.server.upkeep.examination import examine
from portal.server.upkeep.findings import PART, Finding
from portal.wire.ledger.checkpoint import Checkpoint
from tests.server.feedback.desk import Desk

SAYING = {"fine", "warning", "wrong"}


def looked_over(desk: Desk) -> dict[str, Finding]:
    return {found.check: found for found in examine(desk.portal.settings, desk.portal.database, from_outside=False)}


def test_of_a_sound_installation_nothing_is_wrong_but_what_does_not_run(installation: Desk) -> None:
    installation.portal.get(Ledger).sequence()
    found = looked_over(installation)
    assert {check for check, finding in found.items() if finding.state == "wrong"} == {"worker"}
    assert found["database"].values["server"].startswith("SQLite 3.")
    assert found["keys"].values["n"] >= 4


def test_a_key_that_others_can_read_is_wrong(installation: Desk) -> None:
    key = installation.portal.settings.keys_dir / "at-rest"
    key.chmod(0o640)
    found = looked_over(installation)["keys"]
    key.chmod(0o600)
    assert (found.state, found.kind, found.values["mode"]) == ("wrong", "open", "640")


def test_a_folder_that_others_can_look_into_is_wrong(installation: Desk) -> None:
    folder = installation.portal.settings.data_dir
    folder.chmod(0o755)
    found = looked_over(installation)["folder"]
    folder.chmod(0o700)
    assert (found.state, found.kind) == ("wrong", "open")


def test_a_ledger_that_has_signed_more_than_there_is_is_wrong(installation: Desk) -> None:
    folder = installation.portal.settings.keys_dir
    signed = keys.read_signed(folder)
    assert signed is not None
    keys.write_signed(folder, Checkpoint(signed.origin, signed.size + 1, bytes(32)))
    found = looked_over(installation)["ledger"]
    keys.write_signed(folder, signed)
    assert (found.state, found.kind) == ("wrong", "rolled_back")
    assert found.values["signed"] == signed.size + 1


def test_a_database_of_a_newer_portal_is_wrong_and_not_read(installation: Desk) -> None:
    version = sa.table("alembic_version", sa.column("version_num"))
    before = installation.read(lambda unit: unit.connection.scalar(sa.select(version.c.version_num)))
    installation.write(lambda unit: unit.connection.execute(sa.update(version).values(version_num="9999_later")))
    found = looked_over(installation)
    installation.write(lambda unit: unit.connection.execute(sa.update(version).values(version_num=before)))
    assert (found["database"].state, found["database"].kind) == ("wrong", "newer")
    assert "ledger" not in found


def test_a_worker_is_seen_by_its_lock_which_stays_its_own(database: Database, tmp_path: Path) -> None:
    chosen = Settings(data_dir=tmp_path)
    assert not services.works(database, chosen)
    with (tmp_path / worker.LOCK_FILE).open("w") as file, database.served_here_alone(worker.LOCK_KEY):
        fcntl.flock(file, fcntl.LOCK_EX)
        assert services.works(database, chosen)
    deadline_s = time.monotonic() + 60  # PostgreSQL gives a lock back when it notices that its session is gone
    while services.works(database, chosen):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def test_everything_is_looked_at_on_each_kind_of_database(database: Database, tmp_path: Path) -> None:
    chosen = Settings(data_dir=tmp_path, database_url=database.url.render_as_string(hide_password=False))
    found = {one.check: one for one in examine(chosen, database, from_outside=False)}
    assert {"database", "clock", "files", "jobs", "ledger", "witnesses", "backup", "administrators"} <= found.keys()
    assert found["database"].state == "fine"
    assert found.get("connections", Finding("connections")).state == "fine"
    kinds = database.read(gauges.rows)
    assert kinds["portal_database_bytes"] >= 1 << 20
    assert kinds["portal_jobs_failed"] == kinds["portal_ledger_entries"] == 0


def served(certificate: Path, answer: dict[str, object]) -> http.server.ThreadingHTTPServer:
    """A server over TLS that says ``answer`` to /healthz, and takes no WebSocket."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answer).encode() if self.path == "/healthz" else b""
            self.send_response(200 if body else 400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    return listening


def certificate_for(days: int, folder: Path) -> Path:
    """A certificate of ``localhost`` by itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{days}.pem"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(
    ("days", "trusted", "answer", "found"),
    [
        (
            90,
            True,
            {"ok": True, "seen": {"believed": False, "hops": 1}},
            {"way.fine", "proxies.fine", "sockets.blocked"},
        ),
        (
            3,
            True,
            {"ok": True, "seen": {"believed": True, "hops": 1}},
            {"way.expires", "proxies.believed", "sockets.blocked"},
        ),
        (90, False, {"ok": True}, {"way.certificate"}),
        (90, True, {"hello": 1}, {"way.other"}),
    ],
)
def test_the_way_of_browsers_is_gone_by_their_rules(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    trusted: bool,  # noqa: FBT001
    answer: dict[str, object],
    found: set[str],
) -> None:
    certificate = certificate_for(days, tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    listening = served(certificate, answer)
    try:
        address = f"https://localhost:{listening.server_port}"
        chosen = Settings(data_dir=tmp_path, public_url=address, trusted_proxies=1)
        assert {f"{one.check}.{one.kind}" for one in outside.look_from(chosen, address)} == found
    finally:
        listening.shutdown()
        listening.server_close()
    assert [one.kind for one in outside.look_from(chosen, address)] == ["away"]


def test_jobs_that_wait_long_or_were_given_up_are_told(installation: Desk) -> None:
    late = {"kind": "x", "payload": {}, "state": "waiting", "due_ms": 1, "tries": 0, "changed_ms": 1}
    given_up = late | {"state": "failed", "tries": 10, "fault": "OSError"}
    installation.write(lambda unit: unit.connection.execute(sa.insert(Job), [late]))
    installation.write(lambda unit: unit.connection.execute(sa.insert(Job), [given_up]))
    found = installation.read(lambda unit: [(one.state, one.kind) for one in services.jobs(unit)])
    installation.write(lambda unit: unit.connection.execute(sa.delete(Job).where(Job.kind == "x")))
    assert found == [("wrong", "late"), ("warning", "failed")]


def test_asking_about_nothing_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main(["--data", str(tmp_path / "none"), "--inside", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert {one["check"] for one in said["findings"] if one["state"] == "wrong"} == {"folder", "keys", "database"}
    assert not any(tmp_path.iterdir())


def test_an_unreachable_database_is_told_without_its_address(tmp_path: Path) -> None:
    url = "postgresql://somebody:hunter2@127.0.0.1:1/none"
    chosen = Settings(data_dir=tmp_path, database_url=url)
    database = Database(chosen.database_url)
    found = {one.check: one for one in examine(chosen, database, from_outside=False)}
    database.close()
    assert (found["database"].state, found["database"].kind) == ("wrong", "away")
    assert "hunter2" not in repr(found)


def test_a_claimed_address_that_is_believed_shows(installation: Desk, tmp_path: Path) -> None:
    headers = {PROBE_HEADER: outside.CLAIMED_ADDRESS, "X-Forwarded-For": f"{outside.CLAIMED_ADDRESS}, 198.51.100.9"}
    seen = installation.app.test_client().get("/healthz", headers=headers).get_json()["seen"]
    assert seen == {"believed": False, "hops": 2}
    assert outside.proxies(Settings(data_dir=tmp_path, trusted_proxies=1), seen).state == "fine"
    assert outside.proxies(Settings(data_dir=tmp_path), seen).kind == "too_few"
    assert (
        outside.proxies(Settings(data_dir=tmp_path, trusted_proxies=2), {"believed": True, "hops": 2}).state == "wrong"
    )
    assert "seen" not in installation.app.test_client().get("/healthz").get_json()


def test_every_finding_has_its_words_in_both_languages_and_no_word_is_left_over() -> None:
    said: set[str] = set()
    for path in Path(upkeep.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in SAYING:
                texts = [str(argument.value) for argument in call.args if isinstance(argument, ast.Constant)]
                check, kind = (texts[0], "fine") if len(texts) == 1 else texts
                said |= {f"{check}.{kind}", f"check.{check}"} | ({f"{check}.{kind}.do"} if kind != "fine" else set())
    for language in doctor.LANGUAGES:
        written = {re.sub(r"^(\w+\.\w+)\.(one|other)$", r"\1", key) for key in catalogue(PART, language)}
        checks = {key.removeprefix("check.") for key in written if key.startswith("check.")}
        assert said == {key for key in written if key.split(".")[0] in {"check", *checks}}
