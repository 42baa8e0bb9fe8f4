"""Encrypted rooms: membership, the append-only record, ring grants, welcomes, files. Ciphertext only."""
