"""nginx accepts what is shipped, and each of the three names answers what is its own, with nobody behind it even."""

import http.server
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.server.core.catalogues import LANGUAGES
from tests.browser.portal_process import free_port
from tests.deploy.front import DEPLOY, NAMES, Front, blanks

TEMPLATE = DEPLOY / "nginx/portal.conf.template"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, nginx: Path) -> Iterator[Front]:
    """The proxy alone: what would be passed on is answered with 503."""
    folder = tmp_path_factory.mktemp("front")
    with Front(nginx, folder, port=free_port(), plain_port=free_port(), ports=[free_port(), free_port()]) as running:
        yield running


def test_nginx_accepts_the_configuration(front: Front) -> None:
    said = front.says()
    assert said.returncode == 0, said.stderr
    # Newer ones only say that "listen … http2" has another form by now.
    warnings = [line for line in said.stderr.splitlines() if "[warn]" in line and "http2" not in line]
    assert warnings == []


def test_it_goes_into_the_main_files_of_distributions(front: Front) -> None:
    """Debian's and nginx.org's say some things for all servers; saying them a second time would be an error."""
    main = front.folder / "nginx.conf"
    ours = main.read_text(encoding="utf-8")
    said = "ssl_protocols TLSv1 TLSv1.2; ssl_prefer_server_ciphers on; keepalive_timeout 60; server_tokens on; "
    said += "gzip on; sendfile on; tcp_nopush on; types_hash_max_size 2048;"
    try:
        main.write_text(ours.replace("    include ", f"    {said}\n    include "), encoding="utf-8")
        answer = front.says()
    finally:
        main.write_text(ours, encoding="utf-8")
    assert answer.returncode == 0, answer.stderr


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the head that came to it, before it reads any body."""

    def do_POST(self) -> None:
        told = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write nothing."""


@pytest.fixture(scope="module")
def before_echo(tmp_path_factory: pytest.TempPathFactory, nginx: Path) -> Iterator[Front]:
    """The proxy, before a server that says what reached it."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        folder, port = tmp_path_factory.mktemp("echo"), server.server_address[1]
        with Front(nginx, folder, port=free_port(), plain_port=free_port(), ports=[port]) as running:
            yield running
        server.shutdown()


def test_the_portal_is_told_the_name_that_nginx_went_by(before_echo: Front) -> None:
    there, other = f"{NAMES['CITIZENS_NAME']}:{before_echo.port}", NAMES["ADMINISTRATION_NAME"]
    # The target names one of ours, the head another: RFC 9112 §3.2.2 lets the target win.
    for target in (f"https://{there}/moderate", f"https://{there.upper()}/moderate"):
        head = json.loads(before_echo.ask("CITIZENS", target, name=other).text)
        assert head["Host"] == there


def test_the_portal_is_told_whose_address_it_is_and_no_other_claims(before_echo: Front) -> None:
    claims = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "evil.example", "Forwarded": "for=192.0.2.1"}
    claims |= {"X-Forwarded-Proto": "http", "X-Request-ID": "mine", "Upgrade": "h2c", "Connection": "Upgrade"}
    head = json.loads(before_echo.ask("PORTAL", "/api/me", headers=claims).text)
    assert head["X-Forwarded-For"] == "127.0.0.1"
    assert head["X-Forwarded-Proto"] == "https"
    assert re.fullmatch("[0-9a-f]{32}", head["X-Request-ID"])
    assert not {"X-Forwarded-Host", "Forwarded", "Upgrade", "Connection"} & head.keys()


def test_bodies_are_not_gathered_before_the_portal_may_refuse_them(before_echo: Front) -> None:
    # Of a megabyte that is announced nothing is ever sent, and the answer is there all the same.
    announced = {"Content-Length": str(1 << 20), "Content-Type": "application/octet-stream"}
    for which, path in (
        ("PORTAL", "/api/blobs/x/chunks/0"),
        ("CITIZENS", "/say"),
        ("ADMINISTRATION", "/moderate/undo"),
    ):
        assert before_echo.ask(which, path, method="POST", headers=announced).status == 200
    assert [
        path for path in (before_echo.folder / "tmp").rglob("*") if path.is_file() and path.name != "nginx.pid"
    ] == []


def test_the_example_fills_every_blank_of_the_template() -> None:
    names = re.findall(r"^([A-Z_]+)=", (DEPLOY / "nginx/names.env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(names) == blanks(TEMPLATE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("which", "method", "path", "status"),
    [
        ("PORTAL", "GET", "/", 503),
        ("PORTAL", "POST", "/api/sign-out", 503),
        ("PORTAL", "GET", "/hand-over", 503),
        ("PORTAL", "GET", "/r", 503),
        ("PORTAL", "POST", "/r", 403),
        ("PORTAL", "POST", "/moderate", 403),
        ("PORTAL", "GET", "/readyz", 404),
        ("PORTAL", "GET", "/metrics", 404),
        ("PORTAL", "GET", "/administration/health", 404),
        ("CITIZENS", "POST", "/say", 503),
        ("CITIZENS", "GET", "/api/me", 404),
        ("CITIZENS", "GET", "//api/me", 404),
        ("CITIZENS", "GET", "/%61pi/me", 404),
        ("CITIZENS", "GET", "/x/../api/me", 404),
        ("CITIZENS", "GET", "/socket.io/?EIO=4&transport=websocket", 404),
        ("CITIZENS", "POST", "/moderate/undo", 403),
        ("CITIZENS", "GET", "/moderate", 503),
        ("CITIZENS", "GET", "/metrics", 404),
        ("ADMINISTRATION", "GET", "/moderate", 503),
        ("ADMINISTRATION", "POST", "/moderate/undo", 503),
        ("ADMINISTRATION", "GET", "/administration/health", 503),
        ("ADMINISTRATION", "GET", "/readyz", 503),
        ("ADMINISTRATION", "POST", "/say", 403),
        ("ADMINISTRATION", "GET", "/api/me", 404),
        ("ADMINISTRATION", "GET", "/metrics", 404),
    ],
)
def test_only_what_belongs_to_a_name_is_passed_on(
    front: Front, which: str, method: str, path: str, status: int
) -> None:
    answer = front.ask(which, path, method=method, body=b"" if method == "POST" else None)
    assert answer.status == status
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert answer.headers["Server"] == "nginx"


@pytest.mark.parametrize(("which", "path"), [("PORTAL", "/"), ("CITIZENS", "/say"), ("ADMINISTRATION", "/moderate")])
def test_who_finds_nobody_is_told_so_in_words(front: Front, which: str, path: str) -> None:
    answer = front.ask(which, path)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Try again in a minute." in answer.text
    assert "잠시 뒤 다시" in answer.text
    assert len(answer.text.strip().split("\n\n")) == len(LANGUAGES)


def test_a_name_that_is_not_ours_gets_no_certificate(front: Front) -> None:
    plain = socket.create_connection(("127.0.0.1", front.port), timeout=10)
    with plain, pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        ssl.create_default_context().wrap_socket(plain, server_hostname="portal.example.net")


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        (NAMES["CITIZENS_NAME"], b"308"),
        ("example.net", b""),
    ],
)
def test_without_tls_one_is_sent_to_it_or_gets_nothing(front: Front, host: str, answer: bytes) -> None:
    with socket.create_connection(("127.0.0.1", front.plain_port), timeout=10) as plain:
        plain.sendall(f"GET /r?x=1 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        try:
            said = plain.recv(4096)
        except ConnectionResetError:  # nginx closes what it has not read
            said = b""
    assert said.split(b" ")[1:2] == ([answer] if answer else [])
    assert (f"Location: https://{host}/r?x=1".encode() in said) is bool(answer)


def test_http_2_is_offered_and_old_protocols_are_refused(front: Front) -> None:
    offering = ssl.create_default_context(cafile=str(front.certificate))
    offering.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", front.port), timeout=10) as plain:
        chosen = offering.wrap_socket(plain, server_hostname=NAMES["PORTAL_NAME"])
        assert (chosen.selected_alpn_protocol(), chosen.version()) == ("h2", "TLSv1.3")
        chosen.close()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(front.certificate)
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    plain = socket.create_connection(("127.0.0.1", front.port), timeout=10)
    with plain, pytest.raises(ssl.SSLError, match=r"(?i)version"):
        old.wrap_socket(plain, server_hostname=NAMES["PORTAL_NAME"])


def test_too_much_is_refused_before_it_is_read(front: Front) -> None:
    for which, path, limit in (
        ("PORTAL", "/hand-over", 64 << 10),
        ("PORTAL", "/api/x", 8 << 20),
        ("CITIZENS", "/say", 1100 << 10),
    ):
        answer = front.ask(which, path, method="POST", headers={"Content-Length": str(limit + 1)})
        assert answer.status == 413, path


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
        ("2001:db8:1:2::6", "2001:db8:1:2"),
        ("2001:db8:1::6", "2001:db8:1::"),
        ("2001:db8::6", "2001:db8::"),
        ("::1", "::1"),
    ],
)
def test_a_household_counts_as_one(address: str, counted: str) -> None:
    """The map of the template, read as nginx reads it: the first expression that fits, else the address itself."""
    template = TEMPLATE.read_text(encoding="utf-8")
    lines = template.split("map $remote_addr $portal_household {")[1].split("}\n")[0].splitlines()
    expressions = [line.split('"')[1].removeprefix("~").replace("?<", "?P<") for line in lines if '"' in line]
    assert len(expressions) == 2
    found = next(filter(None, (re.search(expression, address) for expression in expressions)), None)
    assert (found[1] if found else address) == counted


def test_logs_hold_no_address_and_of_citizens_words_nothing(front: Front) -> None:
    front.ask("CITIZENS", "/say?secret=1", method="POST", body=b"")
    front.ask("CITIZENS", "/hall/2026-w40/ask?secret=2")
    front.ask("CITIZENS", "/open-data/2026-W40/agenda.json?secret=3", headers={"User-Agent": "telling"})
    front.ask("PORTAL", "/api/rooms/room-of-somebody/record?secret=4", headers={"User-Agent": "telling"})
    citizens, negotiators = front.log("citizens"), front.log("negotiators")
    assert '"part":"/open-data"' in citizens
    assert '"part":"/api"' in negotiators
    assert not re.search(r'"part":"/(say|hall|r|topics|digest)"|/api/', citizens + negotiators)
    for log in (front.folder / "logs").iterdir():
        told = log.read_text(encoding="utf-8")
        assert not re.search(r"127\.0\.0\.1|secret|telling|room-of-somebody", told), log.name
    assert not re.search(r"\d\d:\d\d", citizens), "the time of day of somebody's reading"
