"""The manifests are what Kubernetes understands, and keep to what a restricted namespace and a careful reader ask."""

import copy
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from portal.config import load_settings
from tests.deploy.front import DEPLOY, blanks

FOLDER: Final = DEPLOY / "kubernetes"
OLDEST: Final = "1.33"
"""The oldest version of Kubernetes that is looked at; the newest is what the package knows."""
UNPROBED: Final = {"worker"}
"""Answers nobody; the manifest says so."""
Manifest = dict[str, Any]


def manifests(folder: Path = FOLDER) -> Iterator[tuple[str, Manifest]]:
    """Every object that kubectl would be given, with the file that it stands in; kustomizations are followed."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    for name in kustomization.get("resources", ()):
        if (folder / name).is_dir():
            yield from manifests(folder / name)
            continue
        for manifest in yaml.safe_load_all((folder / name).read_text(encoding="utf-8")):
            yield f"{name}: {manifest['kind']} {manifest['metadata']['name']}", manifest


ALL: Final = dict(manifests())
SETS: Final = {name: it for name, it in ALL.items() if it["kind"] in {"Deployment", "StatefulSet"}}
GENERATED: Final = {
    made["name"]: set(made["files"])
    for made in yaml.safe_load((DEPLOY / "nginx/kustomization.yaml").read_text(encoding="utf-8"))["configMapGenerator"]
}


def of_kind(kind: str) -> list[Manifest]:
    return [manifest for manifest in ALL.values() if manifest["kind"] == kind]


def pod(manifest: Manifest) -> Manifest:
    """The pods of a set."""
    spec: Manifest = manifest["spec"]["template"]["spec"]
    return spec


def chosen(selector: Manifest, labels: Manifest) -> bool:
    """Whether a label selector chooses what has ``labels``."""
    exact = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    among = all(labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", ()))
    return exact and among


def labels_of(manifest: Manifest) -> Manifest:
    labels: Manifest = manifest["spec"]["template"]["metadata"]["labels"]
    return labels


def test_every_file_is_listed_and_every_listed_file_is_there() -> None:
    listed = set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["resources"])
    assert {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"} == listed - {"../nginx"}
    assert len(ALL) == sum(1 for _ in manifests()), "two objects of one name"


@pytest.fixture(scope="module")
def validator() -> Any:
    """The schemas of Kubernetes itself."""
    return pytest.importorskip(
        "kubernetes_validate", reason="the package kubernetes-validate is not installed: schemas were NOT CHECKED"
    )


@pytest.mark.parametrize("name", ALL)
def test_kubernetes_understands_it(validator: Any, name: str) -> None:
    for version in (OLDEST, validator.latest_version()):
        validator.validate(ALL[name], version, strict=True)


def test_the_schemas_refuse_what_is_misspelt(validator: Any) -> None:
    wrong = copy.deepcopy(SETS["portal.yaml: StatefulSet portal"])
    pod(wrong)["containers"][0]["readynessProbe"] = pod(wrong)["containers"][0].pop("readinessProbe")
    with pytest.raises(validator.ValidationError):
        validator.validate(wrong, OLDEST, strict=True)


@pytest.mark.parametrize("name", SETS)
def test_pods_are_restricted(name: str) -> None:
    spec = pod(SETS[name])
    context = spec["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] > 0
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & spec.keys()
    assert not [volume for volume in spec["volumes"] if "hostPath" in volume]
    for container in spec["containers"]:
        own = container["securityContext"]
        assert own == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"memory"} <= container["resources"]["limits"].keys()
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()


@pytest.mark.parametrize("name", SETS)
def test_pods_are_probed(name: str) -> None:
    spec, kind = pod(SETS[name]), SETS[name]["metadata"]["name"]
    for container in spec["containers"]:
        probes = {probe for probe in ("startupProbe", "livenessProbe", "readinessProbe") if probe in container}
        assert len(probes) == (0 if kind in UNPROBED else 3)
        named = {port["name"] for port in container.get("ports", ())}
        for probe in probes:
            asked = container[probe].get("httpGet") or container[probe].get("tcpSocket")
            assert asked is None or asked["port"] in named


def test_the_portal_is_asked_for_what_it_answers() -> None:
    (portal,) = pod(SETS["portal.yaml: StatefulSet portal"])["containers"]
    assert portal["livenessProbe"]["httpGet"]["path"] == portal["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert portal["readinessProbe"]["httpGet"]["path"] == "/readyz"


@pytest.mark.parametrize("name", SETS)
def test_more_than_one_survives_the_emptying_of_a_node(name: str) -> None:
    manifest = SETS[name]
    budgets = [it for it in of_kind("PodDisruptionBudget") if chosen(it["spec"]["selector"], labels_of(manifest))]
    assert len(budgets) == (1 if manifest["spec"]["replicas"] > 1 else 0)
    for budget in budgets:
        allowed = budget["spec"].get(
            "maxUnavailable", manifest["spec"]["replicas"] - budget["spec"].get("minAvailable", 0)
        )
        assert 1 <= allowed < manifest["spec"]["replicas"], "a node could not be emptied, or all could go at once"


def test_nobody_reaches_anybody_unless_it_is_said() -> None:
    namespace = {it["metadata"]["namespace"] for it in ALL.values() if it["kind"] != "Namespace"}
    assert namespace == {"negotiation-portal"}
    silent = [it for it in of_kind("NetworkPolicy") if it["spec"]["podSelector"] == {} and "egress" not in it["spec"]]
    assert [sorted(it["spec"]["policyTypes"]) for it in silent] == [["Egress", "Ingress"]]
    assert all("ingress" not in it["spec"] for it in silent)


def reached(source: Manifest, target: Manifest, port: int) -> bool:
    """Whether the policies let the pods of ``source`` open connections to a port of ``target``'s."""

    def opened(way: str, end: str, who: Manifest, other: Manifest) -> bool:
        rules = (
            rule
            for policy in of_kind("NetworkPolicy")
            if chosen(policy["spec"]["podSelector"], labels_of(who))
            for rule in policy["spec"].get(way, ())
        )
        return any(
            port in {one["port"] for one in rule.get("ports", ())}
            and any(
                chosen(peer["podSelector"], labels_of(other))
                for peer in rule.get(end, ())
                if len(peer) == 1 and "podSelector" in peer
            )
            for rule in rules
        )

    return opened("egress", "to", source, target) and opened("ingress", "from", target, source)


def test_who_reaches_whom() -> None:
    sets = {it["metadata"]["name"]: it for it in SETS.values()}
    pairs = {
        (source, target, port)
        for source, target in itertools.permutations(sets, 2)
        for port in (5432, 6379, 8080, 8443, 8700, 9700)
        if reached(sets[source], sets[target], port)
    }
    assert pairs == {("nginx", "portal", 8700), ("portal", "valkey", 6379), ("worker", "valkey", 6379)}


def test_services_lead_to_ports_that_are_there() -> None:
    for service in of_kind("Service"):
        selector = service["spec"]["selector"]
        name = (
            selector.get("app.kubernetes.io/name") or selector["statefulset.kubernetes.io/pod-name"].rsplit("-", 1)[0]
        )
        (found,) = (it for it in SETS.values() if it["metadata"]["name"] == name)
        ports = {port["name"] for container in pod(found)["containers"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def test_nginx_knows_each_portal_by_a_service_of_its_own() -> None:
    (names,) = (it["data"] for it in of_kind("ConfigMap") if it["metadata"]["name"] == "nginx-names")
    services = {it["metadata"]["name"] for it in of_kind("Service")}
    portals = SETS["portal.yaml: StatefulSet portal"]["spec"]["replicas"]
    assert all(f"server portal-{number}:8700 " in names["PORTAL_SERVERS"] for number in range(portals))
    assert {f"portal-{number}" for number in range(portals)} <= services
    template = (DEPLOY / "nginx/portal.conf.template").read_text(encoding="utf-8")
    assert blanks(template) == names.keys() - {"NGINX_ENVSUBST_FILTER"}


def test_settings_are_settings_and_what_is_mounted_exists() -> None:
    (settings,) = (it["data"] for it in of_kind("ConfigMap") if it["metadata"]["name"] == "portal-settings")
    told = load_settings(environ=settings | {"PORTAL_DATABASE_URL": "postgresql://portal:ab12@postgresql/portal"})
    assert told.several
    assert told.trusted_proxies == 1
    (names,) = (it["data"] for it in of_kind("ConfigMap") if it["metadata"]["name"] == "nginx-names")
    origins = (told.public_url, told.citizens_url, told.administration_url)
    assert origins == tuple(f"https://{names[f'{side}_NAME']}" for side in ("PORTAL", "CITIZENS", "ADMINISTRATION"))
    known = {it["metadata"]["name"] for it in of_kind("ConfigMap")} | GENERATED.keys()
    claims = {it["metadata"]["name"] for it in of_kind("PersistentVolumeClaim")}
    for manifest in SETS.values():
        spec = pod(manifest)
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for container in spec["containers"]:
            sources = [one["configMapRef"]["name"] for one in container.get("envFrom", ()) if "configMapRef" in one]
            assert set(sources) <= known
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()
            files = {mount["subPath"] for mount in container["volumeMounts"] if mount["name"] == "configuration"}
            assert files <= GENERATED["portal-nginx"]
        assert {one["configMap"]["name"] for one in volumes.values() if "configMap" in one} <= known
        assert {
            one["persistentVolumeClaim"]["claimName"] for one in volumes.values() if "persistentVolumeClaim" in one
        } <= claims
