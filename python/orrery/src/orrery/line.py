"""One connection to one server, without what `requests` does for every request."""

from __future__ import annotations

import os
import pathlib
from typing import Any, Iterator, Mapping, Optional, Tuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

_PIECE_BYTES = 128 << 10


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
        timeout: Optional[float],
        stream: bool,
    ) -> requests.Response:
        """Raises what `requests` raises.

        Args:
            path: Encoded, with its query.
            body: Bytes, a file open for reading bytes, or a `Slice` of one.
            timeout: Seconds; None: no limit.
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


class Slice:
    """Some bytes of a file of the local disk, read as they are sent."""

    def __init__(self, path: pathlib.Path, begin: int, size: int) -> None:
        self._file = path.open("rb")
        self._file.seek(begin)
        self.left = size

    def read(self, most: int = -1) -> bytes:
        piece = self._file.read(self.left if most < 0 else min(most, self.left))
        self.left -= len(piece)
        return piece

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(_PIECE_BYTES), b"")

    def close(self) -> None:
        self._file.close()


def signed_line(address: str) -> Tuple[Line, str]:
    """A connection to the host of a whole address, and the path with its query there."""
    parts = urlsplit(address)
    at = parts.path or "/"
    return Line(f"{parts.scheme}://{parts.netloc}"), f"{at}?{parts.query}" if parts.query else at


def _length(body: Any) -> int:
    """Bytes."""
    if isinstance(body, bytes):
        return len(body)
    return body.left if isinstance(body, Slice) else os.fstat(body.fileno()).st_size
