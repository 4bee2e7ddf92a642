"""Every way a request or a command can fail, with its HTTP status and OpenAI error type.

Foreign errors (OSError, parser errors, …) are translated into these where they arise, so that
nothing above ``upstream`` or ``config`` needs to know a library's exceptions.
"""


class ExpertRouterError(Exception):
    """Root of all our errors. ``str(error)`` is one line fit for a user."""


class InputError(ExpertRouterError):
    """Wrong use or bad input of a command: exit code 2, one line, no traceback."""


class ConfigError(InputError):
    """One or more mistakes in a config file; ``mistakes`` holds one line for each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class ArtifactError(InputError):
    """A router artifact that is missing, truncated, foreign, changed or too new."""


class ReplyError(ExpertRouterError):
    """A failure told to a client as OpenAI's error JSON.

    ``status`` is the HTTP status, ``type``/``code``/``param`` are the fields of OpenAI's error
    object (https://platform.openai.com/docs/guides/error-codes).
    """

    status = 500
    type = "server_error"
    code: str | None = None

    def __init__(
        self, message: str, *, param: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.param = param
        self.retry_after = retry_after
        self.headers: list[tuple[bytes, bytes]] = []  # what the router had decided by then


class BadRequest(ReplyError):
    """400: not JSON, no prompt, or a field we need has the wrong shape."""

    status = 400
    type = "invalid_request_error"


class ModelNotFound(ReplyError):
    """404: the model is neither ``auto`` nor an expert's name."""

    status = 404
    type = "invalid_request_error"
    code = "model_not_found"


class NotFound(ReplyError):
    """404: no such path on this door."""

    status = 404
    type = "invalid_request_error"
    code = "unknown_url"


class MethodNotAllowed(ReplyError):
    """405: the path exists, the method does not."""

    status = 405
    type = "invalid_request_error"
    code = "method_not_allowed"


class SlowRequest(ReplyError):
    """408: the request's head or body did not arrive in time."""

    status = 408
    type = "invalid_request_error"
    code = "request_timeout"


class BodyTooLarge(ReplyError):
    """413: the body is past the limit."""

    status = 413
    type = "invalid_request_error"
    code = "request_too_large"


class ExpectationFailed(ReplyError):
    """417: an ``Expect`` other than ``100-continue``."""

    status = 417
    type = "invalid_request_error"


class HeadersTooLarge(ReplyError):
    """431: the head of the request is past the limit."""

    status = 431
    type = "invalid_request_error"
    code = "headers_too_large"


class Overloaded(ReplyError):
    """503: the expert's queue is full, or the wait in it was too long. Carries ``retry-after``."""

    status = 503
    type = "server_error"
    code = "overloaded"


class UpstreamError(ReplyError):
    """The expert failed. Its subclasses say on which side of the first byte."""

    status = 502
    type = "server_error"


class UpstreamUnreachable(UpstreamError):
    """502: nothing came back; the client has seen nothing, so another replica may be asked."""

    code = "expert_unreachable"


class UpstreamBroke(UpstreamError):
    """502, or an SSE error event: the expert broke after its reply had begun."""

    code = "expert_broke"


class UpstreamTimeout(UpstreamError):
    """504: the expert did not begin, or did not go on, in time."""

    status = 504
    code = "expert_timeout"
