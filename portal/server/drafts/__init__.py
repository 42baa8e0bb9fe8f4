"""Drafts of rooms: append-only streams of sealed items, and the few signed ones that the server reads."""
