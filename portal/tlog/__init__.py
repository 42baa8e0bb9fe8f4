"""What signs and verifies the ledger's notes: Ed25519 and ML-DSA-44. The formats are ``portal.wire.ledger``'s."""
