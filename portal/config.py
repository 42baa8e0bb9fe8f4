"""Settings: one frozen value, from embedded defaults < a TOML file < the environment < flags.

A key that nobody knows is an error that names the nearest known one: a misspelt setting must not be silently without
effect. The example of all settings is ``deploy/portal.example.toml``.
"""

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ENVIRONMENT_PREFIX: Final = "PORTAL_"
# Variables with our prefix that are no settings: the place of the file, and what tests are told about the machine.
OTHER_VARIABLES: Final = frozenset({"PORTAL_CONFIG", "PORTAL_CHROMIUM", "PORTAL_MLS_VECTORS"})
MAIL_SECURITY: Final = ("starttls", "tls", "none")
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})
_POSITIVE: Final = (
    "max_file_bytes",
    "storage_quota_bytes",
    "session_days",
    "session_longest_days",
    "invitation_days",
    "hall_minutes",
)
_NOT_NEGATIVE: Final = ("trusted_proxies", "account_quota_bytes", "archived_files_days", "closed_account_days")


class SettingsError(ValueError):
    """A setting is unknown or out of range; the message says which, where it came from and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an installation may choose. Made once at start and passed on; there is no global."""

    data_dir: Path = Path("data")
    """Folder of the database, the files and the server's own keys; made absolute."""
    database_url: str = field(default="", repr=False)
    """SQLAlchemy URL, SQLite or PostgreSQL; empty means ``portal.sqlite3`` in the data folder."""
    several: bool = False
    """Whether further processes serve this database too; needs PostgreSQL, and one data folder for all of them."""
    redis_url: str = field(default="", repr=False)
    """Redis through which several processes wake one another, redis:// or rediss://; empty: PostgreSQL does it."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8700
    """TCP port to listen on."""
    public_url: str = ""
    """Origin at which browsers reach the portal; empty means ``http://localhost:<port>``."""
    citizens_url: str = ""
    """Origin of the pages for everyone; empty means that of ``public_url``."""
    administration_url: str = ""
    """Origin of the pages of moderators, officials and administrators; empty means that of ``public_url``."""
    allowed_origins: tuple[str, ...] = ()
    """Further origins whose pages may talk to the server; that of ``public_url`` is always one of them."""
    trusted_proxies: int = 0
    """How many reverse proxies stand in front and set X-Forwarded-For; 0 means that the header is ignored."""
    polling: bool = False
    """Whether Socket.IO may fall back to long polling, for networks that break WebSockets."""
    log_level: str = "info"
    """debug, info, warning or error."""
    max_file_bytes: int = 1 << 30
    """Largest file that a member may put into a room, before encryption."""
    storage_quota_bytes: int = 64 << 30
    """What all rooms' files together may take on disk."""
    account_quota_bytes: int = 0
    """What the files that one account put into rooms may take on disk; 0: as much as there is for all."""
    archived_files_days: int = 0
    """Days after which the files of an archived room are erased; 0: never."""
    closed_account_days: int = 0
    """Days after which what opens a closed account is erased, so that it stays closed; 0: never."""
    session_days: int = 30
    """Days after which an unused sign-in ends."""
    session_longest_days: int = 30
    """Days after which any sign-in ends, however much it is used; lowered, it counts for those that are there too."""
    invitation_days: int = 7
    """Days for which an invitation is good, unless its maker says otherwise."""
    worker: bool = True
    """Whether ``portal run`` starts a worker beside itself; without, somebody else is to run ``portal worker``."""
    time_zone: str = "UTC"
    """Zone of the weekly clock, such as Asia/Seoul (IANA); a change holds from the next week on."""
    hall_minutes: int = 90
    """What a town hall's agenda may fill; a change holds from the next week on."""
    regions: tuple[str, ...] = ()
    """Places that citizens may name as theirs when they say something; empty: they are not asked."""
    ledger_policy: str = ""
    """File that says which witnesses of the ledger count, and how many it takes (c2sp.org/tlog-policy); empty: none."""
    meeting_origins: tuple[str, ...] = ()
    """Origins of video meetings, such as https://meet.example.org, that a town hall's page may show inside itself."""
    smtp_host: str = ""
    """Mail server that takes the weekly digest; empty: this installation sends no e-mail."""
    smtp_port: int = 587
    """Its TCP port: 587 for starttls, 465 for tls."""
    smtp_security: str = "starttls"
    """starttls, tls, or none, which is for a mail server on this very machine."""
    smtp_user: str = ""
    """Name to sign in with at the mail server; empty: without."""
    smtp_password: str = field(default="", repr=False)
    """Password to it; better set in the environment than in a file."""
    mail_from: str = ""
    """Sender of letters; empty means no-reply@ and the host of ``public_url``."""
    metrics_port: int = 0
    """TCP port at which Prometheus finds ``/metrics`` of this process; 0: nowhere."""
    metrics_host: str = "127.0.0.1"
    """Address of that port; nothing asks who reads there, so never one that strangers reach."""
    demonstration: bool = False
    """Whether all here is invented, so that pages take sign-in links that hold a recovery key; on this machine only."""

    def __post_init__(self) -> None:
        put = object.__setattr__  # the value is frozen for everyone else
        put(self, "data_dir", Path(self.data_dir).expanduser().resolve())
        put(self, "log_level", self.log_level.lower())
        self._check_numbers()
        if self.log_level not in LOG_LEVELS:
            msg = f"log_level is {self.log_level!r}; it must be one of {', '.join(LOG_LEVELS)}"
            raise SettingsError(msg)
        self._check_zone()
        self._check_mail()
        put(self, "meeting_origins", tuple(_origin("meeting_origins", origin) for origin in self.meeting_origins))
        put(self, "database_url", self._database_url())
        self._check_several()
        derived = not self.public_url
        put(self, "public_url", f"http://localhost:{self.port}" if derived else _origin("public_url", self.public_url))
        for name in ("citizens_url", "administration_url"):
            put(self, name, _origin(name, getattr(self, name)) if getattr(self, name) else self.public_url)
        self._check_demonstration()
        self._check_schemes()
        own = (self.public_url, f"http://127.0.0.1:{self.port}") if derived else (self.public_url,)
        further = (_origin("allowed_origins", origin) for origin in self.allowed_origins)
        put(self, "allowed_origins", tuple(dict.fromkeys((*own, *further))))

    @property
    def opaque_setup_path(self) -> Path:
        """File of the server's OPAQUE setup, a secret: whoever loses it loses every passphrase sign-in."""
        return self.data_dir / "opaque-setup"

    @property
    def keys_dir(self) -> Path:
        """Folder of the server's further keys: the ledger's, and what citizens' texts are sealed with."""
        return self.data_dir / "keys"

    @property
    def ledger_origin(self) -> str:
        """The ledger's name in what it signs: its address without the scheme."""
        return f"{urlsplit(self.public_url).netloc}/ledger"

    @property
    def blobs_dir(self) -> Path:
        """Folder of the sealed files of all rooms."""
        return self.data_dir / "blobs"

    def _database_url(self) -> str:
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'portal.sqlite3'}"
        scheme, separator, rest = self.database_url.partition("://")
        if scheme in {"postgres", "postgresql"}:
            scheme = "postgresql+psycopg"
        if not separator or scheme not in {"sqlite", "postgresql+psycopg"}:
            msg = f"database_url begins with {scheme!r}; it must begin with sqlite:/// or postgresql://"
            raise SettingsError(msg)
        return f"{scheme}://{rest}"

    def _check_several(self) -> None:
        if self.several and self.database_url.startswith("sqlite:"):
            msg = "several is on, but SQLite serves one process only; set database_url to a PostgreSQL database"
            raise SettingsError(msg)
        if self.redis_url and urlsplit(self.redis_url).scheme not in {"redis", "rediss"}:
            msg = "redis_url must begin with redis:// or rediss://"  # without its value, which may hold a password
            raise SettingsError(msg)

    def _check_zone(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            msg = f"time_zone is {self.time_zone!r}; it must be a zone's name, such as Europe/Berlin, Asia/Seoul or UTC"
            raise SettingsError(msg) from error

    def _check_mail(self) -> None:
        if self.smtp_security not in MAIL_SECURITY:
            msg = f"smtp_security is {self.smtp_security!r}; it must be one of {', '.join(MAIL_SECURITY)}"
            raise SettingsError(msg)
        if self.smtp_security == "none" and self.smtp_host and not is_loopback(self.smtp_host):
            msg = "smtp_security is none; letters may go unsealed only to a mail server on this machine (localhost)"
            raise SettingsError(msg)

    def _check_schemes(self) -> None:
        """Who is sent from one origin to another must not lose the cookies that are for TLS alone."""
        for name in ("citizens_url", "administration_url"):
            if urlsplit(getattr(self, name)).scheme != urlsplit(self.public_url).scheme:
                msg = f"{name} is {getattr(self, name)!r}; it must begin like public_url, {self.public_url!r}"
                raise SettingsError(msg)

    def _check_demonstration(self) -> None:
        addresses = (self.host, urlsplit(self.public_url).hostname or "")
        if self.demonstration and not all(map(is_loopback, addresses)):
            msg = "demonstration is on, whose links give people away; host and public_url must be this machine's own"
            raise SettingsError(msg)

    def _check_numbers(self) -> None:
        if not 1 <= self.port <= 65_535:
            msg = f"port is {self.port}; it must be between 1 and 65535"
            raise SettingsError(msg)
        if not 0 <= self.metrics_port <= 65_535 or self.metrics_port == self.port:
            msg = f"metrics_port is {self.metrics_port}; it must be 0, or a port below 65536 other than {self.port}"
            raise SettingsError(msg)
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                msg = f"{name} is {getattr(self, name)}; it must be 0 or more"
                raise SettingsError(msg)
        for name in _POSITIVE:
            if getattr(self, name) < 1:
                msg = f"{name} is {getattr(self, name)}; it must be at least 1"
                raise SettingsError(msg)


def load_settings(
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    """Settings from ``file`` (else the one that PORTAL_CONFIG names), the environment, and ``flags`` that are not None.

    Raises SettingsError for an unknown key, a value of a wrong kind, or a file that can not be read.
    """
    environ = os.environ if environ is None else environ
    if file is None and environ.get("PORTAL_CONFIG"):
        file = Path(environ["PORTAL_CONFIG"])
    values = {} if file is None else _from_file(file)
    values |= _from_environment(environ)
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    _refuse_unknown(given, "the command line")
    return Settings(**(values | given))


def client_dir() -> Path:
    """Folder of the built browser client: inside an installed package, else static/dist of the checkout."""
    return _resources("_client", "static/dist")


def templates_dir() -> Path:
    """Folder of the Jinja templates: inside an installed package, else that of the checkout."""
    return _resources("_templates", "templates")


def setting_names() -> tuple[str, ...]:
    """The names of all settings, in their order."""
    return tuple(setting.name for setting in fields(Settings))


def _resources(packaged: str, in_checkout: str) -> Path:
    package = Path(__file__).resolve().parent
    return package / packaged if (package / packaged).is_dir() else package.parent / in_checkout


def _from_file(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"can not read the settings file {file}: {error.strerror}"
        raise SettingsError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{file} is not valid TOML: {error}"
        raise SettingsError(msg) from error
    _refuse_unknown(table, str(file))
    kinds = get_type_hints(Settings)
    return {key: _typed(key, value, kinds[key], str(file)) for key, value in table.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    kinds = get_type_hints(Settings)
    ours = {name for name in environ if name.startswith(ENVIRONMENT_PREFIX)} - OTHER_VARIABLES
    known = {ENVIRONMENT_PREFIX + name.upper(): name for name in kinds}
    for name in sorted(ours - known.keys()):
        raise SettingsError(_unknown(name, "the environment", (*known, *OTHER_VARIABLES)))
    return {known[name]: _parsed(name, environ[name], kinds[known[name]]) for name in ours}


def _refuse_unknown(given: Iterable[str], where: str) -> None:
    names = setting_names()
    for key in given:
        if key not in names:
            raise SettingsError(_unknown(key, where, names))


def _unknown(key: str, where: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
    return f"unknown setting {key!r} in {where}; did you mean {nearest[0]!r}?"


def _typed(key: str, value: object, kind: object, where: str) -> object:
    """A TOML value as the setting's kind; nothing is converted that was not meant so."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    if kind == tuple[str, ...] and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(kind, type) and type(value) is kind:
        return value
    msg = f"{key} in {where} is {value!r}; it must be {_kind_in_words(kind)}"
    raise SettingsError(msg)


def _parsed(name: str, text: str, kind: object) -> object:
    """The text of an environment variable as the setting's kind."""
    if kind is bool and text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    if kind is int:
        try:
            return int(text)
        except ValueError:
            pass
    if kind is Path:
        return Path(text)
    if kind is str:
        return text
    if kind == tuple[str, ...]:
        return tuple(item.strip() for item in text.split(",") if item.strip())
    msg = f"{name} is {text!r}; it must be {_kind_in_words(kind)}"
    raise SettingsError(msg)


def _kind_in_words(kind: object) -> str:
    words = {int: "a whole number", bool: "true or false", str: "text", Path: "a path"}
    return next((text for key, text in words.items() if key is kind), "a list of texts")


def _origin(name: str, text: str) -> str:
    """``text`` as a browser would write the origin. Without TLS only this very machine has a secure context."""
    url = urlsplit(text.rstrip("/"))
    if url.scheme not in {"http", "https"} or not url.hostname or url.path or url.query or url.fragment or url.username:
        msg = f"{name} has {text!r}; it must look like https://portal.example.org, without a path"
        raise SettingsError(msg)
    if url.scheme == "http" and not is_loopback(url.hostname):
        msg = f"{name} has {text!r}; browsers allow encryption and sign-in only over https:// (or on localhost)"
        raise SettingsError(msg)
    default = ":443" if url.scheme == "https" else ":80"  # which a browser leaves out
    return f"{url.scheme}://{url.netloc.lower().removesuffix(default)}"


def is_loopback(hostname: str) -> bool:
    """Return whether ``hostname``, a name or an address, is this very machine."""
    if hostname == "localhost" or hostname.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return False
