"""The portal that witnesses follow is the one that verifiers ask."""

from tests.verify.conftest import shown

__all__ = ["shown"]
