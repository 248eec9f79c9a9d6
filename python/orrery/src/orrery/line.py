"""One connection to one server, without what `requests` does for every request."""

from __future__ import annotations

import os
from typing import Any, Mapping, Optional

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict


class Line:
    """Sends requests below one address. Not to be shared by threads.

    `Session.request` merges settings of the environment, looks into ~/.netrc and prepares cookies each time, which is
    most of what a small request costs. Proxies and certificates of the environment are asked for once here; no password
    of ~/.netrc is sent, cookies are not kept, and redirects are not followed.
    """

    def __init__(self, address: str) -> None:
        session = requests.Session()
        # Hosts that are not ASCII are encoded here, once.
        self._address = str(requests.Request("GET", address).prepare().url).rstrip("/")
        settings: Any = session.merge_environment_settings(self._address, {}, None, None, None)
        self._settings = {name: settings[name] for name in ("proxies", "verify", "cert")}
        self._headers: Any = {**session.headers, "User-Agent": "orrery-python"}
        self._adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1)

    def send(
        self,
        method: str,
        path: str,
        headers: Optional[Mapping[str, str]],
        body: Any,
        authorization: Optional[str],
        timeout: float,
        stream: bool,
    ) -> requests.Response:
        """Raises what `requests` raises.

        Args:
            path: Encoded, with its query.
            body: Bytes, or a file open for reading bytes.
            timeout: Seconds.
        """
        request = requests.PreparedRequest()
        request.method, request.url, request.body = method, self._address + path, body
        request.headers = CaseInsensitiveDict(self._headers)
        request.headers.update(headers or {})
        if authorization is not None:
            request.headers["Authorization"] = authorization
        if body is not None:
            request.headers["Content-Length"] = str(_length(body))
        answer = self._adapter.send(request, timeout=timeout, stream=True, **self._settings)
        if not stream:
            # Read to its end, so that the connection can be used again.
            _ = answer.content
        return answer


def _length(body: Any) -> int:
    """Bytes."""
    return len(body) if isinstance(body, bytes) else os.fstat(body.fileno()).st_size
