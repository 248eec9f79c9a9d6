"""What a case is made of: HTTP calls, told once and sent to two servers.

`{run}`, `{exp}` and the other names of `things.py` stand for things that each server makes for the case;
`save` gives a name to something out of an answer, for the calls after it.
"""

import dataclasses
from typing import Any

AT = 1_700_000_000_000
"""Milliseconds: an instant far from now, so that it is not taken for a time of the server."""

API = "/api/2.0/mlflow/"
RIGHTS = "/api/3.0/mlflow/"
ARTIFACTS = "/api/2.0/mlflow-artifacts/"


@dataclasses.dataclass(frozen=True)
class Call:
    method: str
    path: str
    params: Any = None
    json: Any = None
    body: bytes | None = None
    headers: dict[str, str] | None = None
    save: dict[str, str] | None = None
    """Name to path in the answer, {"made": "run.info.run_id"}, or to "etag", the header of that name."""
    quiet: bool = False
    """Only prepares what comes after; the answer is not compared."""
    by: str | None = None
    """Who asks, on a server with accounts: `root`, or somebody of `things.py`."""


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    calls: tuple[Call, ...]
    own_tags: bool = False
    """Also compares the tags `orrery.…` that our server adds to versions; elsewhere they are left out."""


def case(name: str, *calls: Call, own_tags: bool = False) -> Case:
    return Case(name, calls, own_tags)


def post(path: str, json: Any = None, **more: Any) -> Call:
    return Call(
        "POST", path if path.startswith(("/", "{")) else API + path, json={} if json is None else json, **more
    )


def patch(path: str, json: Any = None, **more: Any) -> Call:
    return Call(
        "PATCH",
        path if path.startswith(("/", "{")) else API + path,
        json={} if json is None else json,
        **more,
    )


def delete(path: str, json: Any = None, **more: Any) -> Call:
    return Call("DELETE", path if path.startswith(("/", "{")) else API + path, json=json, **more)


def get(path: str, params: Any = None, **more: Any) -> Call:
    return Call("GET", path if path.startswith(("/", "{")) else API + path, params=params, **more)


def put(path: str, body: bytes, **more: Any) -> Call:
    return Call("PUT", path if path.startswith(("/", "{")) else ARTIFACTS + path, body=body, **more)


def send(path: str, body: bytes, **more: Any) -> Call:
    """A POST whose body is given byte by byte, as JSON unless the headers say otherwise."""
    more.setdefault("headers", {"Content-Type": "application/json"})
    return Call("POST", path if path.startswith(("/", "{")) else API + path, body=body, **more)


def quietly(call: Call) -> Call:
    return dataclasses.replace(call, quiet=True)
