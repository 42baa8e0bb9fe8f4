"""Measurements that print their figures: ``portal bench``. Nothing here is loaded by the server or a client."""
