"""A witness of the ledger: follows it, insists that it only grows, and says so with its signature (docs/ledger.md)."""
