"""``portal verify …``: what anyone can check without trusting the host, and this program itself."""
