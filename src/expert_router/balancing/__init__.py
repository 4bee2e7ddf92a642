"""Which replica gets a call: policies (pure), and the pool that leases replicas."""

from expert_router.balancing.policies import LeastLoaded, RoundRobin
from expert_router.balancing.pool import Pool, Replica

__all__ = ["LeastLoaded", "Pool", "Replica", "RoundRobin"]
