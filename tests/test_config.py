"""Settings: where they come from, which one wins, and what is said about a mistake."""

from pathlib import Path

import pytest

from portal.config import Settings, SettingsError, load_settings, setting_names

EXAMPLE = Path(__file__).resolve().parent.parent / "deploy/portal.example.toml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "portal.toml"
    path.write_text('port = 9001\nlog_level = "warning"\nallowed_origins = ["https://b.example"]\n', encoding="utf-8")
    return path


def test_without_anything_the_defaults_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environ={})
    assert settings.data_dir == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/portal.sqlite3"
    assert settings.public_url == "http://localhost:8700"
    assert settings.allowed_origins == ("http://localhost:8700", "http://127.0.0.1:8700")
    assert settings.max_file_bytes == 1 << 30


def test_flags_beat_the_environment_which_beats_the_file(file: Path) -> None:
    assert load_settings(file=file, environ={}).port == 9001
    environ = {"PORTAL_PORT": "9002", "PORTAL_HOST": "::1", "UNRELATED": "x"}
    assert load_settings(file=file, environ=environ).port == 9002
    settings = load_settings(file=file, environ=environ, flags={"port": 9003, "host": None})
    assert (settings.port, settings.host, settings.log_level) == (9003, "::1", "warning")


def test_the_environment_can_name_the_file(file: Path) -> None:
    assert load_settings(environ={"PORTAL_CONFIG": str(file)}).port == 9001


def test_the_example_names_every_setting_with_its_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(file=EXAMPLE, environ={}) == load_settings(environ={})
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert tuple(line.split(" = ")[0] for line in lines if line and not line.startswith("#")) == setting_names()


@pytest.mark.parametrize(
    ("environ", "text", "said"),
    [
        ({"PORTAL_PROT": "1"}, "", "'PORTAL_PROT' in the environment; did you mean 'PORTAL_PORT'"),
        ({"PORTAL_DATABASE": "1"}, "", "did you mean 'PORTAL_DATABASE_URL'"),
        ({}, "prot = 1", "'prot' in .*portal.toml; did you mean 'port'"),
        ({}, "[server]\nport = 1", "'server'"),
        ({"PORTAL_PORT": "many"}, "", "PORTAL_PORT is 'many'; it must be a whole number"),
        ({"PORTAL_PORT": "0"}, "", "port is 0"),
        ({"PORTAL_POLLING": "perhaps"}, "", "true or false"),
        ({}, 'port = "8700"', "port in .* is '8700'; it must be a whole number"),
        ({}, "polling = 1", "true or false"),
        ({}, "port = true", "a whole number"),
        ({}, 'allowed_origins = "https://a.example"', "a list of texts"),
        ({}, "data_dir = 1", "a path"),
        ({}, "port = ", "not valid TOML"),
        ({"PORTAL_LOG_LEVEL": "loud"}, "", "debug, info, warning, error"),
        ({"PORTAL_SESSION_DAYS": "0"}, "", "session_days is 0"),
        ({"PORTAL_TRUSTED_PROXIES": "-1"}, "", "trusted_proxies is -1"),
        ({"PORTAL_PUBLIC_URL": "portal.example.org"}, "", "https://portal.example.org"),
        ({"PORTAL_PUBLIC_URL": "https://portal.example.org/room"}, "", "without a path"),
        ({"PORTAL_PUBLIC_URL": "http://portal.example.org"}, "", "only over https"),
        ({"PORTAL_ALLOWED_ORIGINS": "http://10.0.0.1:8700"}, "", "only over https"),
        ({"PORTAL_CITIZENS_URL": "http://town.example.org"}, "", "only over https"),
        ({"PORTAL_ADMINISTRATION_URL": "https://staff.example.org"}, "", "must begin like public_url"),
        ({"PORTAL_DATABASE_URL": "mysql://db/portal"}, "", "sqlite:/// or postgresql://"),
        ({"PORTAL_SEVERAL": "yes"}, "", "PostgreSQL"),
        ({"PORTAL_REDIS_URL": "localhost:6379"}, "", "redis://"),
        ({"PORTAL_HOST": "0.0.0.0"}, "demonstration = true", "demonstration is on"),
        ({"PORTAL_PUBLIC_URL": "https://portal.example.org"}, "demonstration = true", "demonstration is on"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, environ: dict[str, str], text: str, said: str) -> None:
    path = tmp_path / "portal.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        load_settings(file=path, environ=environ)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        load_settings(file=tmp_path / "absent.toml", environ={})


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(SettingsError, match="did you mean 'port'"):
        load_settings(environ={}, flags={"prt": 1})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Portal.Example.org/", "https://portal.example.org"),
        ("https://portal.example.org:8443", "https://portal.example.org:8443"),
        ("https://portal.example.org:443", "https://portal.example.org"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://127.0.0.2:1", "http://127.0.0.2:1"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("http://portal.localhost", "http://portal.localhost"),
    ],
)
def test_the_public_address_is_an_origin_as_browsers_write_it(given: str, kept: str) -> None:
    settings = Settings(public_url=given, allowed_origins=("https://other.example", kept))
    assert settings.public_url == kept
    assert settings.allowed_origins == (kept, "https://other.example")


def test_the_other_addresses_are_the_public_one_unless_they_are_given() -> None:
    one = Settings(public_url="https://portal.example.org")
    assert one.citizens_url == one.administration_url == one.public_url
    apart = Settings(public_url="https://portal.example.org", citizens_url="https://Town.example.org/")
    assert apart.citizens_url == "https://town.example.org"
    assert apart.administration_url == "https://portal.example.org"
    assert apart.allowed_origins == ("https://portal.example.org",)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_name_of_postgresql_is_understood(scheme: str) -> None:
    assert Settings(database_url=f"{scheme}://u:secret@h/d").database_url == "postgresql+psycopg://u:secret@h/d"


def test_a_password_is_not_shown() -> None:
    shown = repr(Settings(database_url="postgresql://u:secret@h/d"))
    assert "secret" not in shown
