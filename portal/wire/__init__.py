"""What the server and every client must agree on, as pure functions: no I/O, no framework, no secret keys.

The TypeScript twin is ``static/src/wire``; ``tests/wire`` compares the two. The contract is docs/protocol.md.
"""
