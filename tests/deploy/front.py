"""nginx as it is shipped, before portals of the tests' own: names, addresses, files and folders are filled in."""

import datetime as dt
import http.client
import os
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DEPLOY: Final = Path(__file__).resolve().parents[2] / "deploy"
NAMES: Final = {
    "PORTAL_NAME": "portal.example.org",
    "CITIZENS_NAME": "town.example.org",
    "ADMINISTRATION_NAME": "staff.example.org",
}
LOGS: Final = ("NEGOTIATORS", "CITIZENS", "ADMINISTRATION", "ERROR")
START_TIMEOUT_S: Final = 20.0
_BLANK: Final = re.compile(r"\$\{([A-Z_]+)\}")


@dataclass(frozen=True)
class Answer:
    """What came back through the proxy."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def filled(template: str, values: Mapping[str, str]) -> str:
    """``template`` with its blanks filled in, as envsubst does; KeyError for a blank without a value."""
    return _BLANK.sub(lambda blank: values[blank[1]], template)


def blanks(template: str) -> set[str]:
    """The names of what is to be filled in."""
    return set(_BLANK.findall(template))


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of the three names, and its key; gives their files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES["PORTAL_NAME"])])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES.values()]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "fullchain.pem", folder / "privkey.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


class Front:
    """nginx with the configuration of deploy/nginx, before the portals on ``ports`` of this machine."""

    def __init__(self, nginx: Path, folder: Path, *, port: int, plain_port: int, ports: Sequence[int]) -> None:
        self.folder = folder
        self.port = port
        self.plain_port = plain_port
        self._nginx = nginx
        self._process: subprocess.Popen[bytes] | None = None
        self.certificate, key = certificate(folder)
        for name in ("conf.d", "cache", "logs", "tmp"):
            (folder / name).mkdir()
        self.values = NAMES | {
            "HTTP_LISTEN": f"127.0.0.1:{plain_port}",
            "HTTPS_LISTEN": f"127.0.0.1:{port}",
            "CERTIFICATE": str(self.certificate),
            "CERTIFICATE_KEY": str(key),
            "PORTAL_SERVERS": " ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in ports),
            "CACHE_FOLDER": str(folder / "cache"),
            **{f"{name}_LOG": str(folder / f"logs/{name.lower()}.log") for name in LOGS},
        }
        template = (DEPLOY / "nginx/portal.conf.template").read_text(encoding="utf-8")
        self._write("conf.d/portal.conf", filled(template, self.values))
        self._write(
            "nginx.conf", (DEPLOY / "nginx/nginx.conf").read_text(encoding="utf-8").replace("/tmp/", f"{folder}/tmp/")
        )

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text.replace("/etc/nginx/", f"{self.folder}/"), encoding="utf-8")

    @property
    def _command(self) -> list[str]:
        # As root nginx would become somebody who may not look into the tests' folder.
        main = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        folder = str(self.folder)
        return [str(self._nginx), "-p", folder, "-c", f"{folder}/nginx.conf", "-e", "stderr", "-g", main]

    def says(self) -> subprocess.CompletedProcess[str]:
        """What nginx itself thinks of the configuration."""
        return subprocess.run([*self._command, "-t"], capture_output=True, text=True, check=False, timeout=30)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command)
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            assert self._process.poll() is None, "nginx ended at once"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, f"nginx did not listen within {START_TIMEOUT_S} s"
                time.sleep(0.02)
            else:
                return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(START_TIMEOUT_S)

    def origin(self, which: str) -> str:
        """The origin of PORTAL, CITIZENS or ADMINISTRATION, as browsers write it."""
        return f"https://{NAMES[which + '_NAME']}:{self.port}"

    def ask(
        self,
        which: str,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        name: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request over TLS to PORTAL, CITIZENS or ADMINISTRATION, under another ``name`` if there is one."""
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        host = NAMES[which + "_NAME"]
        connection = http.client.HTTPSConnection(host, self.port, timeout=START_TIMEOUT_S, context=trusted)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=START_TIMEOUT_S)
        connection.sock = trusted.wrap_socket(plain, server_hostname=host)
        try:
            connection.request(method, path, body, {"Host": f"{name or host}:{self.port}", **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def log(self, name: str) -> str:
        """What nginx has written into one of its logs."""
        path = self.folder / f"logs/{name}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""
