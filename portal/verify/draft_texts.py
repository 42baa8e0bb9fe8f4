"""The authentic text of an exported draft, its roots, and the signatures under it: all that needs no key."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from portal.member.e2ee.signing import verify
from portal.verify.draft_bundle import DraftBundle, SignaturePart, TextPart
from portal.verify.verdict import Verdict
from portal.wire.drafts.clauses import Leaf, NotedText, draft_root, text_leaf
from portal.wire.drafts.jcs import NotCanonicalError, parse_jcs
from portal.wire.drafts.projection_types import Projection
from portal.wire.drafts.state import ActsState
from portal.wire.drafts.statements import INITIAL_LABEL, SIGNATURE_LABEL, labelled, read_signature
from portal.wire.drafts.text import NOTE_SIGN, canonical_text, canonical_words, refused_code_points, trim
from portal.wire.ids import DeviceId, Id, b64, is_id, unb64
from portal.wire.ledger.merkle import root_of

_INITIALS: Final = {"account", "at", "delegation", "device", "draft", "items", "root", "v"}
_LEAF: Final = {"v", "node", "kind", "number", "text", "notes"}


class NoLeafError(ValueError):
    """An object that is no clause of a text, or words that are not in their canonical form."""


def language_roots(texts: Sequence[TextPart]) -> dict[str, bytes]:
    """Return the Merkle root of each text, 32 bytes; NoLeafError."""
    return {part.lang: root_of([text_leaf(_leaf(fields)) for fields in part.leaves]) for part in texts}


def judge_texts(verdict: Verdict, bundle: DraftBundle) -> bytes | None:
    """Recompute the root of the texts as they are given; returns it, 32 bytes, or None if there is none."""
    if not bundle.texts:
        told = "The file holds no text that could be signed: something is still open, or not signed off."
        if bundle.grade == "public":
            verdict.unknown("text", told)
        else:
            verdict.remark(told)
        return None
    try:
        roots = language_roots(bundle.texts)
        titles = {part.lang: _canonical(part.title) for part in bundle.texts}
    except NoLeafError:
        verdict.bad("text", "The text is not in the form in which it is signed.")
        return None
    root = draft_root(bundle.draft, titles, roots)
    verdict.facts |= {"root": b64(root), "roots": {lang: b64(one) for lang, one in roots.items()}}
    return root


def judge_projection(verdict: Verdict, bundle: DraftBundle, projection: Projection, state: ActsState) -> None:
    """Say whether the texts are what the edits and acts come to."""
    authentic = state["authentic"] or [*projection["roots"]][:1]
    expected = {lang: projection["roots"].get(lang) for lang in authentic}
    given = {} if not bundle.texts else _roots_or_nothing(bundle.texts)
    due = {lang: root for lang, root in expected.items() if root is not None}
    if given != due:
        verdict.bad("text", "The text that is given is another one than the edits and acts come to.")
    elif due:
        verdict.good("text", f"The text in {', '.join(due)} is what the edits and the acts come to.")


def judge_signatures(verdict: Verdict, bundle: DraftBundle, root: bytes | None, state: ActsState | None) -> None:
    """Check each detached signature: by a listed device, over the root of the very texts that are given."""
    for part in bundle.signatures:
        word = "signature" if part.kind == "sign" else "initials"
        wrong = _fault(bundle, part, root)
        if wrong is None and state is not None and not _stands(state, part):
            wrong = "it is not among the acts"
        name = _signer_name(part)
        if wrong is not None:
            verdict.bad("signature", f"The {word} of {name}: {wrong}.")
        elif part.kind == "sign":
            verdict.good("signature", f"{name} signed this very text, in all its languages.")
        else:
            verdict.good("initials", f"{name} put initials where the file says.")
    verdict.facts["signatures"] = [_signer_name(part) for part in bundle.signatures if part.kind == "sign"]
    if state is not None and state["signing"] is not None:
        told = {(part.statement, part.sig) for part in bundle.signatures}
        missing = [one for one in state["signing"]["signatures"] if (one["statement"], unb64(one["sig"])) not in told]
        if missing:
            verdict.bad("signature", f"{len(missing)} signatures among the acts are left out.")


def _fault(bundle: DraftBundle, part: SignaturePart, root: bytes | None) -> str | None:
    said = _statement(part)
    if said is None or said["draft"] != bundle.draft:
        return "it is no statement about this draft"
    owner = bundle.owners.get(DeviceId(Id(said["device"])))
    if owner is None or owner.account != said["account"]:
        return "its device is not on the list of its account"
    label = SIGNATURE_LABEL if part.kind == "sign" else INITIAL_LABEL
    if not verify(owner.listed.key, labelled(label, part.statement), part.sig):
        return "it is not by the device that it names"
    if part.kind == "initial" and said["items"]:
        return None  # under clauses as they read at the time
    same_root = root is not None and said["root"] == b64(root)
    same_langs = part.kind == "initial" or [list(one) for one in said["langs"]] == _lang_roots(bundle.texts)
    return None if same_root and same_langs else "it is under another text than the one that is given"


def _stands(state: ActsState, part: SignaturePart) -> bool:
    """Whether the acts hold this signature, and it counts."""
    if part.kind == "initial":
        return any(unb64(one["sig"]) == part.sig for one in state["initials"])
    signing = state["signing"]
    return signing is not None and any(
        one["statement"] == part.statement and unb64(one["sig"]) == part.sig for one in signing["signatures"]
    )


def _statement(part: SignaturePart) -> Mapping[str, Any] | None:
    if part.kind == "sign":
        return read_signature(part.statement)
    try:
        read: Any = parse_jcs(part.statement.encode())
    except (NotCanonicalError, UnicodeEncodeError):
        return None
    known = isinstance(read, dict) and read.keys() == _INITIALS
    named = known and all(is_id(read[name]) for name in ("account", "device", "draft"))
    return read if named and isinstance(read["items"], list) else None


def _signer_name(part: SignaturePart) -> str:
    said = _statement(part)
    if said is None:
        return "nobody known"
    return f"{said['name']} ({said['account']})" if "name" in said else str(said["account"])


def _leaf(fields: Mapping[str, Any]) -> Leaf:
    node, kind, number = fields.get("node"), fields.get("kind"), fields.get("number")
    text, notes = fields.get("text"), fields.get("notes")
    known = fields.keys() == _LEAF and fields["v"] == 1 and isinstance(notes, list)
    if not known or not all(isinstance(one, str) for one in (node, kind, number, text, *(notes or ()))):
        raise NoLeafError
    words = str(text)
    signs = words.count(NOTE_SIGN) == len(notes or ())
    if not signs or refused_code_points(words.replace(NOTE_SIGN, "")) or trim(canonical_words(words)) != words:
        raise NoLeafError
    return Leaf(str(node), str(kind), str(number), NotedText(words, list(notes or ())))


def _canonical(title: str) -> str:
    if refused_code_points(title) or canonical_text(title) != title:
        raise NoLeafError
    return title


def _lang_roots(texts: Sequence[TextPart]) -> list[list[str]]:
    return [[lang, b64(root)] for lang, root in sorted(language_roots(texts).items())]


def _roots_or_nothing(texts: Sequence[TextPart]) -> dict[str, str]:
    try:
        return {lang: b64(root) for lang, root in language_roots(texts).items()}
    except NoLeafError:
        return {}
