"""A multilingual secure negotiation portal. Where to find what: docs/architecture.md."""

__version__ = "0.1.0"
