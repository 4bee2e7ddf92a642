"""A request from its arrival to its record: parse, route, lease, relay, account."""

from expert_router.gateway.call import CHAT, COMPLETIONS, Call, ClientReply, read_question
from expert_router.gateway.gateway import AUTO, Expert, Gateway

__all__ = [
    "AUTO",
    "CHAT",
    "COMPLETIONS",
    "Call",
    "ClientReply",
    "Expert",
    "Gateway",
    "read_question",
]
