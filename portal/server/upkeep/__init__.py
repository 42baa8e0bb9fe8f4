"""How an installation fares, for whoever runs it: what is well and what is not, numbers over time, what is erased."""
