"""What finished requests leave behind."""

from expert_router.telemetry.prometheus import PrometheusObserver

__all__ = ["PrometheusObserver"]
