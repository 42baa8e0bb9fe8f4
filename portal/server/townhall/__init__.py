"""The weekly town hall: the agenda, the hall itself, its minutes and what came of them."""
