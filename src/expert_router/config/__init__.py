"""The gateway's configuration: frozen data, read once, wrong loudly."""

from expert_router.config.check import parse_address
from expert_router.config.load import load_config, parse_config
from expert_router.config.model import (
    Address,
    ExpertConfig,
    GatewayConfig,
    Limits,
    RouterConfig,
    Timeouts,
)

__all__ = [
    "Address",
    "ExpertConfig",
    "GatewayConfig",
    "Limits",
    "RouterConfig",
    "Timeouts",
    "load_config",
    "parse_address",
    "parse_config",
]
