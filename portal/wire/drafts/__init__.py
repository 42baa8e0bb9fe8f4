"""Drafts: the text on the table, its hashes, and what text and acts together say (docs/protocol.md §10)."""
