"""Machine translation on this machine: language packages, segments, engine, router, guards, glossary, memory.

Knows nothing of rooms, of Flask or of the database: text in, translated sentences with their warnings out. No network
at run time; only ``packages.sources`` reaches out, when a person asks for a package.
"""
