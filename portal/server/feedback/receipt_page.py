"""The receipt on paper and screen: number, QR code, and a file that anyone can check without asking us."""

from dataclasses import dataclass
from typing import Final

import flask
import segno
from markupsafe import Markup

from portal.server.core import pages
from portal.server.core.catalogues import Words
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.feedback import receipts, service, weeks
from portal.server.feedback.feature import Feedback
from portal.server.feedback.models import Receipt, Submission
from portal.server.feedback.service import Taken
from portal.server.feedback.states import day_text
from portal.server.feedback.texts import text_hash
from portal.server.feedback.weeks import IntakeWeek
from portal.server.ledger import service as ledger_service
from portal.wire.ledger.proof import parse_proof
from portal.wire.ledger.receipt import Receipt as ReceiptFile
from portal.wire.ledger.receipt import light_proof

PART: Final = "receipt"
FOLLOW_PATH: Final = "/r"
AGAIN_PATH: Final = "/r/receipt"


@dataclass(frozen=True, slots=True)
class Dates:
    """What comes when, for the one who holds a receipt: seconds since 1970 in the time zone ``tz``."""

    week: str
    tz: str
    publishes_s: int
    hall_s: int
    answers_s: int


def show(feedback: Feedback, taken: Taken) -> flask.Response:
    """Return the page that a receipt is read from; what was sent again shows it again, until it is confirmed."""
    dates = portal().database.read(lambda unit: dates_of(unit, taken.receipt))
    return pages.page(
        "feedback/receipt.html",
        part=PART,
        code=taken.code,
        grouped=receipts.grouped(taken.code),
        qr=qr_code(follow_address(feedback, taken.code)),
        again=taken.again,
        dates=dates,
        has_file=taken.receipt.submission_id is not None,
        language_form="again",
        language_path=AGAIN_PATH,
    )


def qr_code(text: str) -> Markup:
    """Return ``text`` as a QR code (ISO/IEC 18004) in SVG, dark on light whatever the page's colours are."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, border=4, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704 - made by segno of digits and our own address


def follow_address(feedback: Feedback, code: str) -> str:
    """Return the address that opens the follow page with the number filled in.

    The number stands behind "#": browsers send nothing of that, and the page's script takes it out of the address.
    """
    return f"{feedback.public_url}{FOLLOW_PATH}#{code}"


def file_name(code: str) -> str:
    """Return the name of a receipt's file: it shows which one it is, and not the number."""
    return f"receipt-{receipts.lookup(code).hex()[:8]}.txt"


def file_text(unit: Unit, feedback: Feedback, receipt: Receipt, code: str, words: Words) -> str:
    """Return the receipt's file, below 5 kB: lines for people, then the block that programs check."""
    submission = service.submission_of(unit, receipt)
    lines = [
        words("file.title"),
        "",
        words("file.code"),
        receipts.grouped(code),
        "",
        words("file.follow", address=feedback.public_url + FOLLOW_PATH),
        words("file.day", day=words.date(day_text(receipt.created_day))),
    ]
    if submission is not None:
        lines += [
            words("file.week", week=submission.week_id),
            "",
            words("file.check"),
            "",
            _block(unit, feedback, receipt, submission),
        ]
    return "\n".join(lines) + "\n"


def _block(unit: Unit, feedback: Feedback, receipt: Receipt, submission: Submission) -> str:
    text = service.text_of(unit, submission)
    if submission.nonce is None or not text:
        return ""
    proof = ledger_service.proof(unit, submission.ledger_entry)
    return ReceiptFile(
        commitment=submission.commitment,
        nonce=submission.nonce,
        tag=submission.tag,
        statement={"week": submission.week_id, "lang": submission.lang, "text": text_hash(text)},
        promise=receipt.promise,
        proof=None if proof is None else light_proof(parse_proof(proof)).to_text(),
        key=feedback.ledger.key,
    ).to_block()


def dates_of(unit: Unit, receipt: Receipt) -> Dates | None:
    """Return what comes when; None for a receipt of a support alone."""
    submission = service.submission_of(unit, receipt)
    week: IntakeWeek | None = None if submission is None else weeks.get(unit, submission.week_id)
    if week is None:
        return None
    return Dates(week.id, week.tz, week.publishes_s, week.hall_s, week.answers_s)
