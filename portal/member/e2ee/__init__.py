"""Sealing, opening, signing and verifying by docs/protocol.md: pure functions, the twin of static/src/e2ee."""
