"""One HTTP request, whole."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was received: header names keep their case, the body its bytes."""

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    http11: bool = True
    keep_alive: bool = True

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def fake_headers(self) -> dict[str, str]:
        """Return the ``x-fake-*`` headers, names in lower case."""
        return {
            name.lower().decode("latin-1"): value.decode("latin-1").strip()
            for name, value in self.headers
            if name[:7].lower() == b"x-fake-"
        }
