"""The ledger of this installation: what anyone can check without trusting whoever runs it."""
