"""Asking to be let in, on a terminal: the code, the waiting, the account (member/enrolment.py does the work)."""

import sys
import time
from typing import Final

from portal.interpreter.terminal import say
from portal.member.driver import Driver
from portal.member.enrolment import Approval, Enrolment, begin_enrolment, finish_enrolment, look_for_approval
from portal.member.member import reopen
from portal.member.work import MemberError, is_passing, write
from portal.wire.enrolment import MACHINE_MAX_CHARS

_POLL_S: Final = 2.0


def approved(driver: Driver, machine: str, origin: str) -> Approval:
    """Ask, print the code, wait for a person, and make the account."""
    name = "".join(one for one in machine if " " <= one <= "~")[:MACHINE_MAX_CHARS] or "a machine"
    enrolment = driver.run(begin_enrolment(name, time.time))
    say(f"Open {origin} where you are signed in, choose Settings, Interpreters, and type this code:\n")
    say(f"    {enrolment.code}\n")
    say(f"The browser must show the same digits as these, which are this interpreter's:\n\n    {enrolment.digits}\n")
    try:
        return _let_in(driver, enrolment)
    except MemberError:
        driver.run(write({"enrolment": None}))  # the next one asks anew
        raise


def _let_in(driver: Driver, enrolment: Enrolment) -> Approval:
    """Wait until somebody has approved, and make the account."""
    waiting = _Waiting(enrolment.expires_s)
    while (approval := _look(driver, enrolment)) is None:
        waiting.tell()
        time.sleep(_POLL_S)
    waiting.end()
    while not _finish(driver, enrolment, approval):
        time.sleep(_POLL_S)
    return approval


def offer_keys(driver: Driver) -> None:
    """Leave at the server what others need to let it into rooms, also while it does not run."""
    member = driver.run(reopen(time.time))
    if member is not None:
        driver.run(member.catch_up())


def _look(driver: Driver, enrolment: Enrolment) -> Approval | None:
    """Look whether somebody has approved; a network that is away for a moment ends nothing."""
    try:
        return driver.run(look_for_approval(enrolment))
    except MemberError as error:
        if not is_passing(error):
            raise
        return None


def _finish(driver: Driver, enrolment: Enrolment, approval: Approval) -> bool:
    """Make the account; False if it is to be tried again."""
    try:
        driver.run(finish_enrolment(enrolment, approval, time.time))
    except MemberError as error:
        if not is_passing(error):
            raise
        return False
    return True


class _Waiting:
    """Says how long is left: one line that is written over on a terminal, a line each minute elsewhere."""

    def __init__(self, until_s: int) -> None:
        self._until_s = until_s
        self._said = -1

    def tell(self) -> None:
        minutes = max(0, int(self._until_s - time.time()) // 60)
        if minutes == self._said:
            return
        self._said = minutes
        words = f"{minutes} minutes left" if minutes != 1 else "1 minute left"
        sys.stderr.write(f"\r{words}  " if sys.stderr.isatty() else f"{words}\n")
        sys.stderr.flush()

    def end(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r")
