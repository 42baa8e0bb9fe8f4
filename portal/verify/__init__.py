"""Checking this program's cryptography against what others published: the commands ``portal verify …``."""
