"""Messaging Layer Security (RFC 9420) as a library without any input or output: bytes in, bytes and new states out.

`public` is the half without secrets: what can be known of a group by its public messages, and checked of each commit.
The server uses it. `group`, `welcome` and `key_material` are a member's: they hold keys. Importing the former loads
none of the latter.

Every state is an immutable value. Whoever makes a message gets it together with the state after it, and stores that
state before sending: then a crash in between wastes a key, and never uses one twice.

Nothing here was audited by anybody else; Python can not wipe memory, so that deleted keys are gone from the state, but
perhaps not yet from the process. Signatures are classical (Ed25519) in all suites.
"""
