"""Language packages: reading archives that may be hostile, the installed folder, signed mirrors, the public index."""
