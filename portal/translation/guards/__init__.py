"""Guards: checks of a translation against its original that need no second model."""
