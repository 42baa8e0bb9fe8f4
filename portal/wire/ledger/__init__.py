"""The ledger's formats: Merkle tree, checkpoints, tiles, notes, proofs and entries (docs/ledger.md).

Pure: no input or output, and no cryptography but SHA-256. What signs and verifies is ``portal.tlog``.
"""
