"""Finds what a request is signed with: variables of the environment, then what `orrery login` keeps.

`config.json`: `{"current": NAME, "profiles": {NAME: {"url", "workspace", "defaults"}}}`.
`credentials.json`: `{ADDRESS: {"token", "token_id", "user", "expires", "predecessors"}}`; ADDRESS is a server, or a server
with `/workspaces/NAME`; `expires` is milliseconds since the epoch; `predecessors` are ids of tokens that this one was renewed
from. The longest ADDRESS that a URL lies below wins.
"""

from __future__ import annotations

import base64
import json
import os
import pathlib
import sys
import threading
from typing import Any, Dict, NamedTuple, Optional, Tuple

from orrery.addresses import lies_in, split_address
from orrery.errors import OrreryError


class Profile(NamedTuple):
    name: str
    url: Optional[str]
    workspace: Optional[str]


class Found(NamedTuple):
    """An entry of `credentials.json`."""

    address: str
    entry: Dict[str, Any]


def config_folder() -> pathlib.Path:
    """`ORRERY_CONFIG_DIR`, else `XDG_CONFIG_HOME/orrery`, on Windows `%APPDATA%/orrery`, else `~/.config/orrery`."""
    own, xdg, appdata = (_variable(name) for name in ("ORRERY_CONFIG_DIR", "XDG_CONFIG_HOME", "APPDATA"))
    if own is not None:
        return pathlib.Path(own)
    if xdg is not None:
        return pathlib.Path(xdg) / "orrery"
    if sys.platform == "win32" and appdata is not None:
        return pathlib.Path(appdata) / "orrery"
    return pathlib.Path(os.path.expanduser("~")) / ".config" / "orrery"


def current_profile() -> Profile:
    """The profile of `ORRERY_PROFILE`, else the current one of `config.json`; without fields where there is none.

    Raises:
        OrreryError: INVALID_CONFIG if `config.json` is there and cannot be used, with its path and the field.
    """
    path = config_folder() / "config.json"
    config = _files.read(path, "INVALID_CONFIG") or {}
    name = _variable("ORRERY_PROFILE") or config.get("current") or "default"
    profiles = config.get("profiles", {})
    profile = profiles.get(name, {}) if isinstance(profiles, dict) else None
    if not isinstance(profile, dict):
        raise OrreryError("INVALID_CONFIG", f"'profiles' in {path} must be an object of objects.")
    for field in ("url", "workspace"):
        if not isinstance(profile.get(field), (str, type(None))):
            raise OrreryError("INVALID_CONFIG", f"'profiles.{name}.{field}' in {path} must be text.")
    return Profile(name, profile.get("url"), profile.get("workspace"))


def environment_address() -> Optional[str]:
    """`ORRERY_URL`, else `MLFLOW_TRACKING_URI` where that is an http(s) address."""
    url = _variable("ORRERY_URL")
    if url is not None:
        return url
    tracking = _variable("MLFLOW_TRACKING_URI")
    return tracking if tracking is not None and tracking.lower().startswith(("http://", "https://")) else None


def token_for(url: str) -> Optional[str]:
    """The token for a request to `url`, or None.

    A token is given only to the scheme, host and port that it is for, never to another server: `ORRERY_TOKEN` and
    `MLFLOW_TRACKING_TOKEN` to the server of `ORRERY_URL` or `MLFLOW_TRACKING_URI`, and one of `orrery login` to the
    address that it was kept for.

    Raises:
        OrreryError: UNREADABLE_CREDENTIALS if the file is there and is no JSON, or others can read it, with its path.
    """
    environment = _environment_token(url)
    if environment is not None:
        return environment
    found = kept_for(url)
    return None if found is None else str(found.entry["token"])


def authorization_for(url: str) -> Optional[str]:
    """The Authorization header for a request to `url`, or None.

    `ORRERY_TOKEN`, then `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, then `MLFLOW_TRACKING_TOKEN`, each
    only to the server of the environment, then what `orrery login` keeps. Raises as `token_for` does.
    """
    if _variable("ORRERY_TOKEN") is None and _is_of_environment(url):
        name, password = (_variable(f"MLFLOW_TRACKING_{what}") for what in ("USERNAME", "PASSWORD"))
        if name is not None and password is not None:
            return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
    token = token_for(url)
    return None if token is None else f"Bearer {token}"


def kept_for(url: str) -> Optional[Found]:
    """What `orrery login` keeps for `url`: of the addresses that it lies in or below, the longest."""
    path = credentials_path()
    entries = _files.read(path, "UNREADABLE_CREDENTIALS")
    if not entries:
        return None
    best: Optional[str] = None
    for address, entry in entries.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("token"), str):
            raise OrreryError(
                "UNREADABLE_CREDENTIALS", f"'{address}' in {path} must be an object with a token."
            )
        if lies_in(url, address) and (best is None or len(address) > len(best)):
            best = address
    return None if best is None else Found(best, entries[best])


def credentials_path() -> pathlib.Path:
    return config_folder() / "credentials.json"


def is_signed_in() -> bool:
    """Whether somebody has signed in with `orrery login`. Costs one look at the disk, and never fails."""
    try:
        return credentials_path().exists()
    except OSError:
        return False


def _environment_token(url: str) -> Optional[str]:
    token = _variable("ORRERY_TOKEN") or _variable("MLFLOW_TRACKING_TOKEN")
    return token if token is not None and _is_of_environment(url) else None


def _is_of_environment(url: str) -> bool:
    address = environment_address()
    if address is None:
        return False
    try:
        return lies_in(url, split_address(address).server)
    except OrreryError:
        return False


def _variable(name: str) -> Optional[str]:
    # CI systems hand over variables that are empty for those that are not set.
    return os.environ.get(name) or None


class _Files:
    """JSON objects by path, read again only when the file is another one."""

    def __init__(self) -> None:
        self._known: Dict[str, Tuple[Tuple[int, int, int], Dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def read(self, path: pathlib.Path, code: str) -> Optional[Dict[str, Any]]:
        try:
            facts = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise OrreryError(code, f"{path} cannot be read: {error.strerror}.") from error
        mark = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        with self._lock:
            known = self._known.get(str(path))
            if known is not None and known[0] == mark:
                return known[1]
        # On Windows modes say nothing; the folder of the user is theirs.
        if sys.platform != "win32" and facts.st_mode & 0o077:
            raise OrreryError(
                code, f"Others can read {path}, and it may hold credentials.", hint=f"Run: chmod 600 {path}"
            )
        read = self._parse(path, code)
        with self._lock:
            self._known[str(path)] = (mark, read)
        return read

    @staticmethod
    def _parse(path: pathlib.Path, code: str) -> Dict[str, Any]:
        hint = "Mend or delete it, then sign in again with `orrery login`."
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise OrreryError(code, f"{path} cannot be read: {error}.", hint=hint) from error
        if not isinstance(read, dict):
            raise OrreryError(code, f"{path} cannot be read: it is no JSON object.", hint=hint)
        return read


_files = _Files()
