"""Shared drafts as a member sees them: streams followed and verified, documents, acts, bundles."""
