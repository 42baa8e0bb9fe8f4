"""``portal languages``: the installed language packages, and where they come from."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from nacl.signing import SigningKey

from portal.config import Settings, load_settings
from portal.translation.errors import TranslationError
from portal.translation.packages.mirror import Offer, require_trusted, write_mirror
from portal.translation.packages.sources import ArgosIndex, FolderMirror, HttpMirror, Source, newest
from portal.translation.packages.store import Installed, Pair, Store

_EXIT_FAULT: Final = 1


def main(arguments: Sequence[str]) -> int:
    """Run ``portal languages`` with ``arguments``; 0 done, 1 failed."""
    options = _parser().parse_args(arguments)
    settings = load_settings(file=options.config, flags={"data_dir": options.data})
    command: Callable[[argparse.Namespace, Store], int] = options.command
    try:
        return command(options, open_store(settings))
    except TranslationError as error:
        sys.stderr.write(f"portal: {error}\n")
        return _EXIT_FAULT


def open_store(settings: Settings) -> Store:
    """The packages of an installation: ``languages`` in its data folder."""
    return Store(settings.data_dir / "languages")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal languages", description="Language packages on this machine.")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: ./data)")
    tasks = parser.add_subparsers(required=True, metavar="task")

    def task(name: str, command: Callable[[argparse.Namespace, Store], int], words: str) -> argparse.ArgumentParser:
        sub = tasks.add_parser(name, help=words, description=words.capitalize() + ".")
        sub.set_defaults(command=command)
        return sub

    listing = task("list", _list, "what is installed, or what a source offers")
    _add_source(listing)
    install = task("install", _install, "install or renew a package")
    install.add_argument("what", nargs="+", metavar="WHAT", help="two language codes (ko en), or .argosmodel files")
    _add_source(install)
    verify = task("verify", _verify, "check every byte of what is installed")
    verify.add_argument("pair", nargs="*", metavar="CODE", help="two language codes; none for all")
    remove = task("remove", _remove, "remove a package")
    remove.add_argument("pair", nargs=2, metavar="CODE")
    mirror = task("mirror", _mirror, "write all installed packages and a signed list into a folder")
    mirror.add_argument("folder", type=Path, metavar="DIR")
    bench = task("bench", _bench, "measure a package's quality against translations by people, and its speed")
    bench.add_argument("pair", nargs=2, metavar="CODE")
    bench.add_argument("--source", type=Path, required=True, metavar="FILE", help="sentences, one a line")
    bench.add_argument("--reference", type=Path, required=True, metavar="FILE", help="their translations by people")
    bench.add_argument("--set", default="", metavar="NAME", help="what to call these texts (default: the file's name)")
    tried = task("try", _try, "translate lines")
    tried.add_argument("pair", nargs=2, metavar="CODE")
    tried.add_argument("text", nargs="*", help="what to translate; none: the lines of the standard input")
    return parser


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="source", metavar="SOURCE", help="a mirror's folder or address, or: argos")
    parser.add_argument("--trust", metavar="KEY", help="the key that signs the mirror, from its owner")


def _source(options: argparse.Namespace, store: Store) -> tuple[Source, tuple[Offer, ...]]:
    """The source that the options name, if it may be trusted, and what it offers.

    A mirror's list is read once: what is checked is what is used.
    """
    named = options.source or "argos"
    parts = urlsplit(named)
    if named == "argos" or parts.path.endswith("/index.json"):
        index = ArgosIndex() if named == "argos" else ArgosIndex(named)
        return index, index.offers()
    mirror = HttpMirror(named) if parts.scheme in {"http", "https"} else FolderMirror(Path(named))
    manifest = mirror.manifest()
    require_trusted(store, manifest, options.trust)
    return mirror, manifest.offers


def _list(options: argparse.Namespace, store: Store) -> int:
    if options.source is not None:
        _, offers = _source(options, store)
        for offer in sorted(offers, key=lambda offer: offer.pair):
            size = "" if offer.size_bytes is None else f"{offer.size_bytes / 1e6:.1f} MB"
            measured = "" if offer.chrf_x100 is None else f"chrF {offer.chrf_x100 / 100:.1f} on {offer.measured_on}"
            said = f"{'->'.join(offer.pair):8} {offer.version:8} {size:>10}  {offer.licence}  {measured}"
            sys.stdout.write(said.rstrip() + "\n")
        return 0
    found = store.installed()
    for one in found:
        sys.stdout.write(_line(one, store) + "\n")
    if not found:
        sys.stdout.write("No language is installed. For Korean and English: portal languages install ko en\n")
    return 0


def _line(one: Installed, store: Store) -> str:
    measured = store.table("measured").get(one.digest, {})
    said = f"chrF {measured['chrf_x100'] / 100:.1f} on {measured['set']}" if "chrf_x100" in measured else ""
    meta = one.metadata
    size = f"{one.size_bytes / 1e6:.1f} MB"
    return f"{'->'.join(one.pair):8} {meta.version:8} {size:>10}  {one.digest[:12]}  {meta.licence}  {said}".rstrip()


def _install(options: argparse.Namespace, store: Store) -> int:
    files = [Path(name) for name in options.what if name.endswith(".argosmodel")]
    if files:
        for file in files:
            if not file.is_file():
                msg = f"there is no file {file}"
                raise TranslationError(msg)
            _say_installed(store.install(file))
        return 0
    if len(options.what) != 2:
        msg = "name two languages, such as: portal languages install ko en"
        raise TranslationError(msg)
    source, offers = _source(options, store)
    first, second = options.what
    # A person who names two languages wants to talk both ways.
    installed = [_install_from(source, offers, store, pair) for pair in ((first, second), (second, first))]
    return 0 if any(installed) else _EXIT_FAULT


def _install_from(source: Source, offers: Sequence[Offer], store: Store, pair: Pair) -> bool:
    """Install one direction; whether the source has it."""
    offer = newest(offers, pair)
    if offer is None:
        sys.stderr.write(f"portal: the source has no package {pair[0]}->{pair[1]}\n")
        return False
    store.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store.folder, prefix="fetching-") as name:
        archive = Path(name) / f"{pair[0]}_{pair[1]}.argosmodel"
        source.fetch(offer, archive, _Bar(f"{pair[0]}->{pair[1]}"))
        _say_installed(store.install(archive, pair=pair, digest=offer.digest))
    return True


class _Bar:
    """Says how far a download is: one line that is written over on a terminal, a line per quarter elsewhere."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._said = -1

    def __call__(self, done: int, total: int | None) -> None:
        terminal = sys.stderr.isatty()
        percent = min(100, 100 * done // total) if total else 0
        step = percent if terminal else percent // 25 * 25
        if step == self._said:
            return
        self._said = step
        line = f"{self._words}: {done / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB ({percent} %)" if total else "")
        sys.stderr.write(f"\r{line}" + ("\n" if percent == 100 else "") if terminal else f"{line}\n")
        sys.stderr.flush()


def _say_installed(one: Installed) -> None:
    sys.stdout.write(f"installed {'->'.join(one.pair)} {one.metadata.version}, {one.digest}\n")


def _verify(options: argparse.Namespace, store: Store) -> int:
    pairs = [_pair(options.pair)] if options.pair else [one.pair for one in store.installed()]
    status = 0
    for pair in pairs:
        wrong = store.verify(pair)
        sys.stdout.write(f"{'->'.join(pair)}: {'; '.join(wrong) if wrong else 'as installed'}\n")
        status = _EXIT_FAULT if wrong else status
    return status


def _remove(options: argparse.Namespace, store: Store) -> int:
    store.remove(_pair(options.pair))
    return 0


def _mirror(options: argparse.Namespace, store: Store) -> int:
    manifest = write_mirror(store, options.folder, _own_key(store))
    sys.stdout.write(f"{len(manifest.offers)} packages in {options.folder}, signed by\n{manifest.key}\n")
    return 0


def _own_key(store: Store) -> SigningKey:
    """The key with which this installation signs mirrors; made at first use, readable by its owner only."""
    path = store.folder / "mirror-key"
    if not path.exists():
        store.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(SigningKey.generate().encode())
    return SigningKey(path.read_bytes())


def _bench(options: argparse.Namespace, store: Store) -> int:
    from portal.translation.chrf import chrf  # noqa: PLC0415 - as below
    from portal.translation.engine import Engine, Priority  # noqa: PLC0415 - loads CTranslate2

    found = store.find(_pair(options.pair))
    sources, references = _lines_of(options.source), _lines_of(options.reference)
    if not sources or len(sources) != len(references):
        msg = f"{options.source} has {len(sources)} lines and {options.reference} {len(references)}; they must be equal"
        raise TranslationError(msg)
    with closing(Engine(store)) as engine:
        engine.submit(found.pair, "1.").result()
        began = time.process_time()
        futures = [engine.submit(found.pair, line, Priority.BACKFILL) for line in sources]
        said = [future.result().hypotheses[0].text for future in futures]
        rate = len(sources) / (time.process_time() - began)
    score = chrf(zip(said, references, strict=True))
    named = (options.set or options.source.name).encode("ascii", "replace").decode()[:40]
    record = {"chrf_x100": round(100 * score), "set": named, "sentences_per_cpu_s": round(rate)}
    store.change_table("measured", lambda table: table.update({found.digest: record}))
    sys.stdout.write(
        f"{'->'.join(found.pair)}: chrF {score:.1f} on {named}, {rate:.1f} sentences for each CPU-second\n"
    )
    return 0


def _lines_of(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} can not be read: {error}"
        raise TranslationError(msg) from error


def _try(options: argparse.Namespace, store: Store) -> int:
    from portal.translation.engine import Engine  # noqa: PLC0415 - loads CTranslate2
    from portal.translation.translator import Translator  # noqa: PLC0415

    with closing(Engine(store)) as engine:
        translator = Translator(engine, store)
        for line in options.text or sys.stdin:
            done = translator.translate(line.removesuffix("\n"), *_pair(options.pair))
            sys.stdout.write(f"{done.text}\n")
            for note in done.notes():
                sys.stdout.write(f"    {note}\n")
    return 0


def _pair(codes: Sequence[str]) -> Pair:
    if len(codes) != 2:
        msg = "name two languages, such as: ko en"
        raise TranslationError(msg)
    return codes[0], codes[1]
