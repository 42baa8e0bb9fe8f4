"""The public ledger as a member follows it: what members say of it, own keys, people's lists. No I/O: see work.py."""
