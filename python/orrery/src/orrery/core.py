"""The one HTTP client below the words of v1 and v2."""

from __future__ import annotations

import json
import math
import random
import threading
import time
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Sequence
from urllib.parse import quote

import requests

from orrery.addresses import place_of, split_address
from orrery.answers import Message, foreign, read_message, refusal, retry_after
from orrery.errors import invalid
from orrery.line import Line, signed_line
from orrery.no_answer import no_answer
from orrery.signing import sign

_REPEATABLE = frozenset(("GET", "PUT", "DELETE"))
_BROKEN = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
_MOST_RETRY_AFTER_SECONDS = 120.0
_MOST_PAUSE_SECONDS = 20.0
_LONGEST_SECONDS = 2_147_483


class Core:
    """Calls one server, in one workspace. May be shared by threads; each has a connection of its own.

    Args:
        url: Address of the server; `/workspaces/NAME` at its end wins over `workspace`.
        workspace: Name of the workspace.
        token: Sent as a bearer; None: `signing.sign` is asked for each request, so a new login is
            seen without a restart.
        timeout: Seconds that the server may be silent; 0 is no limit.
        attempts: All attempts of one call. 429 and 503 are repeated, and for GET, PUT and DELETE broken connections,
            408, 502 and 504 too; `Retry-After` is kept to, up to 120 s.

    Raises:
        OrreryError: INVALID_PARAMETER_VALUE for an address or a name that can be none.
    """

    def __init__(
        self,
        url: str,
        workspace: str = "default",
        token: Optional[str] = None,
        timeout: float = 120.0,
        attempts: int = 5,
    ) -> None:
        self.url, in_path = split_address(url)
        self.workspace = in_path or workspace
        if self.workspace in ("", ".", ".."):
            raise invalid(f"{self.workspace!r} is no name of a workspace.")
        self.tracking_uri = place_of(self.url, self.workspace)
        """A plain http(s) address that names the workspace. It never expires; credentials do."""
        self.pause: Callable[[float], None] = time.sleep
        self._token = token
        self._timeout = _checked_timeout(timeout)
        self._attempts = attempts
        self._own = threading.local()
        self._lock = threading.Lock()
        self._credential: Optional[Dict[str, Any]] = None
        self._is_orrery = False

    def elsewhere(
        self, workspace: str, *, timeout: Optional[float] = None, attempts: Optional[int] = None
    ) -> "Core":
        """The same server and credential, in another workspace, or with other patience."""
        seconds = self._timeout if timeout is None else timeout
        return Core(self.url, workspace, self._token, seconds, attempts or self._attempts)

    def mlflow(
        self, method: str, path: str, message: Mapping[str, Any], major: int = 2, reason: Optional[str] = None
    ) -> Message:
        """Calls `/api/{major}.0/mlflow/{path}`; `message` is the query of GET, else the body.

        Raises:
            OrreryError: as the server answered, or UNREACHABLE, TIMED_OUT, NOT_ORRERY, VERSION_MISMATCH.
        """
        return self._message(method, f"/api/{major}.0/mlflow/{path}", message, method == "GET", reason)

    def orrery(
        self, method: str, path: str, message: Mapping[str, Any], reason: Optional[str] = None
    ) -> Message:
        """Calls `/api/orrery/v1/{path}`; `message` is the query of GET and DELETE, else the body."""
        return self._message(method, f"/api/orrery/v1/{path}", message, method in ("GET", "DELETE"), reason)

    def pages(
        self, method: str, path: str, message: Mapping[str, Any], field: str
    ) -> Iterator[Dict[str, Any]]:
        """All of `field` over every `next_page_token` of a call of MLflow's."""
        asked = dict(message)
        while True:
            page = self.mlflow(method, path, asked)
            yield from page.listed(field)
            token = page.get("next_page_token")
            if not token:
                return
            asked["page_token"] = token

    def send(
        self,
        method: str,
        path: str,
        call: str,
        *,
        headers: Optional[Mapping[str, str]] = None,
        body: Any = None,
        stream: bool = False,
        message: Optional[Mapping[str, Any]] = None,
    ) -> requests.Response:
        """Sends until the answer is a success, or gives up.

        Args:
            path: Below the workspace, encoded, with its query; or a whole address that is signed, to which no credential
                is sent.
            body: Bytes, or a function that opens them anew for each attempt.
        """
        number = 0
        while True:
            number += 1
            failure, wait = self._attempt(method, path, call, headers, body, stream, message or {}, number)
            if isinstance(failure, requests.Response):
                return failure
            if wait is None:
                raise failure
            self.pause(wait)

    def tracking_credential(self) -> str:
        """A credential of at most an hour; the same one until five minutes before its end, then the next.

        It may log, read and register, and administer nothing; runs that it began can be finished with it later.
        """
        with self._lock:
            if self._credential is None or time.monotonic() > self._credential["until"]:
                asked_at = time.monotonic()
                made = self.orrery("POST", "tracking-credentials", {})
                # Both by our own clock: the one of the server may differ.
                self._credential = {"token": made["token"], "until": asked_at + 3_600 - 300}
            return str(self._credential["token"])

    def _message(
        self, method: str, path: str, message: Mapping[str, Any], in_query: bool, reason: Optional[str]
    ) -> Message:
        given = {name: value for name, value in message.items() if value is not None}
        headers: Dict[str, str] = {} if reason is None else {"X-Orrery-Reason": _checked_reason(reason)}
        body = None
        target = path
        if in_query:
            target += _query(given)
        else:
            headers["Content-Type"] = "application/json"
            body = dumps(given).encode("utf-8")
        call = f"{method} {path}"
        answer = self.send(method, target, call, headers=headers, body=body, message=given)
        return read_message(answer, self.tracking_uri, call, given)

    def _attempt(
        self,
        method: str,
        path: str,
        call: str,
        headers: Optional[Mapping[str, str]],
        body: Any,
        stream: bool,
        message: Mapping[str, Any],
        number: int,
    ) -> "tuple[Any, Optional[float]]":
        opened = body() if callable(body) else body
        is_signed = path.startswith("http")
        line, at = signed_line(path) if is_signed else (self._line(), path)
        header = None if is_signed else self._header()
        seconds = self._timeout or None
        try:
            answer = line.send(method, at, headers, opened, header, seconds, stream)
        except _BROKEN as error:
            return no_answer(self.url, call, error), self._wait(method, number, 0, None)
        except requests.RequestException as error:
            return no_answer(self.url, call, error), None
        finally:
            if callable(body) and hasattr(opened, "close"):
                opened.close()
        if 200 <= answer.status_code < 300:
            if not is_signed and "x-request-id" not in answer.headers and not self._says_orrery():
                answer.close()
                return foreign(answer, self.tracking_uri, call), None
            return answer, None
        wait = self._wait(method, number, answer.status_code, retry_after(answer))
        failure = refusal(answer, call, message)
        answer.close()
        return failure, wait

    def _wait(self, method: str, number: int, status: int, after: Optional[float]) -> Optional[float]:
        """Seconds until the next attempt; None: give up."""
        if number >= self._attempts:
            return None
        if status not in (429, 503) and not (method in _REPEATABLE and status in (0, 408, 502, 504)):
            return None
        if after is not None:
            return after if after <= _MOST_RETRY_AFTER_SECONDS else None
        longest: float = min(_MOST_PAUSE_SECONDS, 0.25 * 2**number)
        return random.random() * longest

    def _says_orrery(self) -> bool:
        """Whether the server says of itself that it is Orrery; asked until it does.

        Every answer of Orrery has an x-request-id. Where there is none, it is another service, or a proxy takes it out.
        """
        if not self._is_orrery:
            try:
                page = Line(self.url).send("GET", "/openapi.json", None, None, None, 5.0, False).json()
                self._is_orrery = page["info"]["title"] == "Orrery"
            except (requests.RequestException, ValueError, KeyError, TypeError):
                self._is_orrery = False
        return self._is_orrery

    def _line(self) -> Line:
        line: Optional[Line] = getattr(self._own, "line", None)
        if line is None:
            line = self._own.line = Line(self.tracking_uri)
        return line

    def _header(self) -> Optional[str]:
        return f"Bearer {self._token}" if self._token is not None else sign(self.tracking_uri)


def _checked_timeout(timeout: Any) -> float:
    if isinstance(timeout, (int, float)) and not isinstance(timeout, bool) and 0 <= timeout <= _LONGEST_SECONDS:
        return timeout
    raise invalid(f"timeout is {timeout!r}: give seconds, up to {_LONGEST_SECONDS}, or 0 for no limit.")


def segment(value: str, name: str) -> str:
    """A value as one segment of a path. `.` and `..` would lead the request elsewhere."""
    if value in ("", ".", ".."):
        raise invalid(
            f"{name} is {value!r}: it stands in the path, so it may be neither empty nor '.' nor '..'."
        )
    return quote(value, safe="")


def path_of(value: str, name: str) -> str:
    """Like `segment`, for a path of several."""
    return "/".join(segment(part, name) for part in value.split("/"))


def key_values(pairs: Optional[Mapping[str, Any]]) -> Sequence[Dict[str, str]]:
    """A dictionary as MLflow's list of keys and values."""
    return [{"key": str(key), "value": str(value)} for key, value in (pairs or {}).items()]


def from_key_values(pairs: Optional[Sequence[Mapping[str, Any]]]) -> Dict[str, str]:
    """MLflow's list of keys and values as a dictionary."""
    return {str(pair.get("key", "")): str(pair.get("value", "")) for pair in pairs or []}


def dumps(message: Any) -> str:
    """JSON; numbers that JSON has not are told as MLflow tells them: "NaN", "Infinity", "-Infinity"."""
    try:
        return json.dumps(message, allow_nan=False)
    except ValueError:
        return json.dumps(_spelled(message))


def _spelled(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {name: _spelled(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_spelled(one) for one in value]
    return value


def _query(message: Mapping[str, Any]) -> str:
    pairs = []
    for name, value in message.items():
        for one in value if isinstance(value, (list, tuple)) else (value,):
            text = str(one).lower() if isinstance(one, bool) else str(one)
            pairs.append(f"{quote(name, safe='')}={quote(text, safe='')}")
    return "?" + "&".join(pairs) if pairs else ""


def _checked_reason(reason: str) -> str:
    if reason.isascii() and reason.isprintable() and reason.strip():
        return reason
    raise invalid("The reason travels in a header: it must be one line of ASCII letters, and not empty.")
