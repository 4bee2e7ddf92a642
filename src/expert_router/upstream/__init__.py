"""How replicas are spoken to. Foreign errors end here."""

from expert_router.upstream.connection import HOP_BY_HOP
from expert_router.upstream.openai_http import OpenAIHttp

__all__ = ["HOP_BY_HOP", "OpenAIHttp"]
