"""Addresses of servers and workspaces."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional
from urllib.parse import quote, unquote, urlsplit

from orrery.errors import invalid

_IN_WORKSPACE = re.compile(r"^(?P<base>.*?)(?:/workspaces/(?P<name>[^/]+))?/*$")
_USUAL_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    server: str
    """Scheme and host in lower case, port if it is not the usual one, base path; no slash at the end."""
    workspace: Optional[str]


def split_address(address: str) -> Address:
    """Splits `http://host:5000/base/workspaces/vision` into the server and the workspace.

    Raises:
        OrreryError: INVALID_PARAMETER_VALUE if it is no http(s) address, or has a name, password, `?` or `#` in it.
    """
    example = "It looks like http://127.0.0.1:5000/workspaces/vision."
    try:
        parts = urlsplit(address)
        port = parts.port
    except (ValueError, AttributeError, TypeError):
        raise invalid(f"{address!r} is no address of a server.", example) from None
    if parts.scheme not in _USUAL_PORTS or not parts.hostname:
        raise invalid(f"{address!r} is no address of a server.", example)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise invalid(
            "The address of a server has no name, password, `?` or `#` in it.", "Sign in with `orrery login`."
        )
    found = _IN_WORKSPACE.match(parts.path)
    base, name = ("", None) if found is None else (found.group("base"), found.group("name"))
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = "" if port is None or port == _USUAL_PORTS[parts.scheme] else f":{port}"
    return Address(
        f"{parts.scheme}://{host}{shown}{base.rstrip('/')}", None if name is None else unquote(name)
    )


def place_of(server: str, workspace: str) -> str:
    """The address of a workspace of a server."""
    return f"{server}/workspaces/{quote(workspace, safe='')}"


def lies_in(place: str, address: str) -> bool:
    """Whether `place` is `address` or below it. Below begins at a slash: `http://h:50` has nothing of `http://h:5000`."""
    return place == address or place.startswith(f"{address}/")
