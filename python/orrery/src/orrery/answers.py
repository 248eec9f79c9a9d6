"""What an answer of a server means: a message, or which error."""

from __future__ import annotations

import re
from typing import Any, Dict, Mapping, Optional

import requests

from orrery.errors import OrreryError

_NOT_HERE = "Does the address lead to an Orrery server, or to a proxy before it?"
_UNKNOWN_FIELD = re.compile(r"^Unknown field '([^']+)'\.")


def read_message(answer: requests.Response, call: str, message: Mapping[str, Any]) -> Dict[str, Any]:
    """The JSON object of an answer; no body at all is `{}`.

    Raises:
        OrreryError: what the server refused, NOT_ORRERY, or VERSION_MISMATCH.
    """
    if not 200 <= answer.status_code < 300:
        raise refusal(answer, call, message)
    if not answer.content:
        return {}
    try:
        read = answer.json()
    except ValueError:
        read = None
    if isinstance(read, dict):
        return read
    raise OrreryError(
        "NOT_ORRERY", f"The answer to {call} is no JSON.", status=answer.status_code, hint=_NOT_HERE
    )


def refusal(answer: requests.Response, call: str, message: Mapping[str, Any]) -> OrreryError:
    """The error that an answer without success stands for. Reads its body."""
    status, request_id = answer.status_code, answer.headers.get("x-request-id")
    # Redirects are not followed: a POST would become a GET, and a login page would be taken for a file.
    if 300 <= status < 400:
        to = answer.headers.get("location", "")[:200]
        return OrreryError(
            "NOT_ORRERY",
            f"The answer to {call} leads elsewhere{f', to {to}' if to else ''}.",
            status=status,
            request_id=request_id,
            hint="Give the address that it leads to; if that is a login page, a proxy wants a sign-in of its own.",
        )
    code, text = _error_of(answer)
    if code is None and status in (502, 503, 504):
        return OrreryError(
            "UNREACHABLE",
            f"The answer to {call} is {status}, of a proxy that does not reach the server.",
            status=status,
            request_id=request_id,
            hint="Is the server behind it running?",
        )
    if code is None:
        return OrreryError(
            "NOT_ORRERY",
            f"The answer to {call} is {status} and no error of Orrery.",
            status=status,
            request_id=request_id,
            hint=_NOT_HERE,
        )
    unknown = _unknown_part(code, text, call, message)
    if unknown is not None:
        return OrreryError(
            "VERSION_MISMATCH",
            f"The server does not know {unknown}. {text}",
            status=status,
            request_id=request_id,
            hint="It is older than this package: update it, or install the package that came with it.",
        )
    return OrreryError(code, text, status=status, request_id=request_id, hint=_next_step(code, answer))


def retry_after(answer: requests.Response) -> Optional[float]:
    """Seconds of `Retry-After`, also where the server names a time: then by its own clock, which need not be ours."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isdigit():
        return float(given)
    at, now = _seconds(given), _seconds(answer.headers.get("date", ""))
    return None if at is None or now is None else max(0.0, at - now)


def _seconds(date: str) -> Optional[float]:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, IndexError):
        return None


def _error_of(answer: requests.Response) -> "tuple[Optional[str], str]":
    try:
        read = answer.json()
    except (ValueError, requests.RequestException):
        return None, ""
    code = read.get("error_code") if isinstance(read, dict) else None
    if not isinstance(code, str):
        return None, ""
    return code, str(read.get("message", code))


def _unknown_part(code: str, text: str, call: str, message: Mapping[str, Any]) -> Optional[str]:
    """What of the call the server has never heard of. This package sends only what it knows itself."""
    if code in ("ENDPOINT_NOT_FOUND", "METHOD_NOT_ALLOWED"):
        return call
    found = _UNKNOWN_FIELD.match(text) if code == "INVALID_PARAMETER_VALUE" else None
    return f"'{found.group(1)}' of {call}" if found is not None and found.group(1) in message else None


def _next_step(code: str, answer: requests.Response) -> Optional[str]:
    if code != "UNAUTHENTICATED":
        return None
    from orrery.addresses import split_address

    try:
        server = split_address(str(answer.url).split("/api/")[0].split("?")[0]).server
    except OrreryError:
        return "Sign in with `orrery login URL`."
    return f"Sign in with `orrery login {server}`."
