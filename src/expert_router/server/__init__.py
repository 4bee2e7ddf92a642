"""The two doors: the data door (lean HTTP/1.1, bytes as callbacks) and the control door (ASGI)."""

from expert_router.server.run import serve

__all__ = ["serve"]
