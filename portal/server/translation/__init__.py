"""Translation of what is public, on this machine: the only texts that the server may read."""
