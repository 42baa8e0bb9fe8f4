"""The one object that holds what an application is made of."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import flask


if TYPE_CHECKING:
    from portal.config import Settings
    from portal.server.core.db import Database
    from portal.server.core.realtime import Realtime

EXTENSION = "portal"
Feature = TypeVar("Feature")


@dataclass
class Portal:
    """Settings, database and real time of one application; features put what they own into ``features``."""

    settings: "Settings"
    database: "Database"
    realtime: "Realtime"
    features: dict[type, Any] = field(default_factory=dict)

    def put(self, feature: object) -> None:
        """Keep ``feature`` under its type, for ``get``."""
        self.features[type(feature)] = feature

    def get(self, kind: type[Feature]) -> Feature:
        """Return the feature object of this type; KeyError if ``app.py`` did not put one."""
        return cast("Feature", self.features[kind])


def portal() -> Portal:
    """Return the Portal of the current Flask application."""
    return cast("Portal", flask.current_app.extensions[EXTENSION])
