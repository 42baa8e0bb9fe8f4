"""Who acts: the parameter that every service and policy takes first. Never a global."""

from dataclasses import dataclass
from enum import StrEnum

from portal.wire.ids import AccountId, DelegationId, DeviceId


class Role(StrEnum):
    """What an account may do; an account can hold several."""

    ADMINISTRATOR = "administrator"
    CHAIR = "chair"
    DELEGATE = "delegate"
    OBSERVER = "observer"
    MODERATOR = "moderator"
    INTERPRETER = "interpreter"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in account; ``device`` is None until this session's browser has registered its device key."""

    account: AccountId
    delegation: DelegationId | None
    roles: frozenset[Role]
    session: int
    device: DeviceId | None
