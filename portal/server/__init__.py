"""The blind host: it never sees the plaintext of a room. Each folder is one feature; app.py wires them."""
