"""The browser's twin in Python: an end-to-end member of the rooms, on a delegation's own machine.

It sees plaintext, so the server never imports it. ``e2ee`` is pure cryptography; the core takes bytes in and gives
events and requests out, without any I/O; ``store`` and ``transport`` are the disk and the network around it.
"""
