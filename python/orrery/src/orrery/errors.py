"""The one error of the SDK."""

from __future__ import annotations

from typing import Optional


class OrreryError(Exception):
    """A call was refused, or there was no answer.

    Attributes:
        code: MLflow's error code as the server sent it, such as RESOURCE_DOES_NOT_EXIST, or one of the client:
            UNREACHABLE, TIMED_OUT, NOT_ORRERY, VERSION_MISMATCH (no usable answer), NO_SERVER, CONFIG_NOT_FOUND,
            INVALID_CONFIG, UNREADABLE_CREDENTIALS (settings), WORKSPACE_NOT_EMPTY, RUN_FAILED, NOT_WHOLE, EXISTS,
            NOT_YET.
        status: HTTP status; 0 where there was no answer.
        request_id: The id in the server's log, if there was an answer.
        hint: The next step, where the client knows one. It stands at the end of the message too.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 0,
        request_id: Optional[str] = None,
        hint: Optional[str] = None,
    ) -> None:
        super().__init__(message if hint is None else f"{message} {hint}")
        self.code = code
        self.status = status
        self.request_id = request_id
        self.hint = hint


def invalid(message: str, hint: Optional[str] = None) -> OrreryError:
    """The commonest error: an argument with a value that is not allowed. Nothing was sent."""
    return OrreryError("INVALID_PARAMETER_VALUE", message, hint=hint)
