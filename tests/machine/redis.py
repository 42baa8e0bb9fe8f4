"""A Redis of the tests' own: the benchmarks'."""

from portal.bench.redis_server import Redis, running_redis

__all__ = ["Redis", "running_redis"]
