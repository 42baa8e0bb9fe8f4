"""The packages of the translation's tests, for those of the interpreter."""

from tests.translation.conftest import archives, install

__all__ = ["archives", "install"]
