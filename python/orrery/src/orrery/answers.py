"""What an answer of a server means: a message, or which error."""

from __future__ import annotations

import re
from typing import Any, Dict, Mapping, Optional

import requests

from orrery.errors import OrreryError
from orrery.signed_out import signed_out

_NOT_HERE = (
    "Does the address lead to an Orrery server? Check its host, port and path, and any proxy before it."
)
_UNKNOWN_FIELD = re.compile(r"^Unknown field '([^']+)'\.")


class Message(Dict[str, Any]):
    """The JSON object of an answer. A field that is asked for and is not there says that no Orrery answered."""

    def __init__(self, fields: Mapping[str, Any], place: str, call: str) -> None:
        super().__init__(fields)
        self._place, self._call = place, call

    def listed(self, name: str) -> Any:
        """A list of it. Empty ones are left out of MLflow's answers; an answer with nothing but other fields is no such one."""
        return self.get(name, []) if name in self or not set(self) - {"next_page_token"} else self[name]

    def __missing__(self, name: str) -> Any:
        given = shown(self)
        raise OrreryError(
            "NOT_ORRERY",
            f"{self._place} is no Orrery: its answer to {self._call} has {given}, where '{name}' was expected.",
            status=200,
            hint=_NOT_HERE,
        )


def shown(fields: Mapping[str, Any]) -> str:
    """The names of some fields, for a sentence."""
    names = [f"'{name[:40]}'" for name in list(fields)[:5]]
    return f"{', '.join(names) or 'no field'}{' and others' if len(fields) > 5 else ''}"


def foreign(answer: requests.Response, place: str, call: str) -> OrreryError:
    """The error for a success of another service, which would read as a result with nothing in it."""
    server = answer.headers.get("server", "")[:60]
    who = f"{place} ({server})" if server else place
    return OrreryError(
        "NOT_ORRERY",
        f"{who} is no Orrery: its answer to {call} has no x-request-id, and it does not say that it is one.",
        status=answer.status_code,
        hint=_NOT_HERE,
    )


def read_message(
    answer: requests.Response, place: str, call: str, message: Mapping[str, Any]
) -> Message:
    """The JSON object of an answer; no body at all is `{}`.

    Raises:
        OrreryError: what the server refused, NOT_ORRERY, or VERSION_MISMATCH.
    """
    if not 200 <= answer.status_code < 300:
        raise refusal(answer, call, message)
    if not answer.content:
        return Message({}, place, call)
    try:
        read = answer.json()
    except ValueError:
        read = None
    if isinstance(read, dict):
        return _wrapped(read, place, call)
    raise OrreryError(
        "NOT_ORRERY",
        f"The answer of {place} to {call} is no JSON object.",
        status=answer.status_code,
        hint=_NOT_HERE,
    )


def _wrapped(fields: Dict[str, Any], place: str, call: str) -> Message:
    # Lists are left as they are: they may be long, and their name was right.
    for name, value in fields.items():
        if type(value) is dict:
            fields[name] = _wrapped(value, place, call)
    return Message(fields, place, call)


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
            f"The answer of {server_of(answer)} to {call} is {status} and no error of Orrery.",
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
    if code == "UNAUTHENTICATED":
        text, hint = signed_out(server_of(answer), answer.request.headers.get("Authorization"), text)
        return OrreryError(code, text, status=status, request_id=request_id, hint=hint)
    return OrreryError(code, text, status=status, request_id=request_id)


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


def server_of(answer: requests.Response) -> str:
    """The address that was asked, without what belongs to the call."""
    from orrery.addresses import split_address

    url = str(answer.url)
    try:
        return split_address(url.split("/api/")[0].split("?")[0]).server
    except OrreryError:
        return url[:200]
