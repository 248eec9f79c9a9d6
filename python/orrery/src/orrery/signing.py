"""The Authorization header of a request, and the renewal of what is in it.

Two kinds of token are renewed. The token of a run (`orrery_run_…`, an hour) gets a successor five minutes before its
end, and at its first use, because its age is not told; the successor stands in MLFLOW_TRACKING_TOKEN afterwards, for
MLflow and for child processes. A personal token that `orrery login` keeps gets one in the last tenth of its life, at
most a week before its end; the file then has the successor, and other processes see it at their next request. The old
one is not revoked, because a request may be on its way with it: it lives until its own end, or until `orrery logout`,
which finds its id beside the successor.
"""

from __future__ import annotations

import json
import os
import pathlib
import tempfile
import threading
import time
from typing import Any, Callable, Dict, Optional

from orrery.credentials import Found, authorization_for, credentials_path, kept_for
from orrery.errors import OrreryError

RUN_TOKEN = "orrery_run_"
PERSONAL_TOKEN = "orrery_pat_"
_RUN_SECONDS = 3_600
_BEFORE_END_SECONDS = 300
_WEEK_SECONDS = 7 * 24 * 3_600
_RENEW_TIMEOUT_SECONDS = 10.0
_MOST_PREDECESSORS = 10


class Renewals:
    """When what is renewed. One thread at a time; the others go on with what there is.

    Args:
        now: Seconds that only grow.
        wall: Seconds since the epoch.
    """

    def __init__(
        self, now: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self._now, self._wall = now, wall
        self._lock = threading.Lock()
        self._successors: Dict[str, str] = {}
        self._next_try: Dict[str, float] = {}

    def of_run(self, token: str, place: str) -> str:
        """The newest successor of the token of a run.

        Args:
            place: Address of the workspace.
        """
        newest = self._newest(token)
        if not self._is_due(newest):
            return newest
        try:
            # However wrong a clock is, and whatever the server answers, not more than once a minute.
            self._next_try[newest] = self._now() + 60
            answer = _core(place, newest).orrery("POST", "tokens/renew", {})
            successor = str(answer["token"])
            self._successors[newest] = successor
            self._next_try[successor] = self._now() + _RUN_SECONDS - _BEFORE_END_SECONDS
            if os.environ.get("MLFLOW_TRACKING_TOKEN") in (token, newest):
                os.environ["MLFLOW_TRACKING_TOKEN"] = successor
            return successor
        except OrreryError:
            return newest
        finally:
            self._lock.release()

    def of_login(self, found: Found, place: str) -> None:
        """Renews a personal token that `orrery login` keeps, if its end is near. Trouble is left for the next time."""
        entry, expires = found.entry, found.entry.get("expires")
        token = str(entry["token"])
        if (
            not token.startswith(PERSONAL_TOKEN)
            or not isinstance(expires, (int, float))
            or not entry.get("token_id")
        ):
            return
        left = expires / 1000 - self._wall()
        if not 0 < left < _WEEK_SECONDS or not self._is_due(found.address):
            return
        try:
            # By address and not by token: a clock that runs ahead would want a successor of each successor.
            self._next_try[found.address] = self._now() + 60
            self._renew_kept(found, place)
        except (OrreryError, OSError, KeyError, ValueError):
            pass
        finally:
            self._lock.release()

    def _renew_kept(self, found: Found, place: str) -> None:
        core = _core(place, str(found.entry["token"]))
        told = core.orrery("GET", "tokens", {"whose": "own"})["tokens"]
        [details] = [each for each in told if each["id"] == found.entry["token_id"]]
        life_ms = int(details["expiration_timestamp"]) - int(details["creation_timestamp"])
        left = int(details["expiration_timestamp"]) / 1000 - self._wall()
        life = life_ms / 1000
        if left > min(_WEEK_SECONDS, max(_BEFORE_END_SECONDS, life / 10), life / 2):
            # Not yet; a short life is looked at again before its last tenth is over.
            self._next_try[found.address] = self._now() + min(3_600.0, left / 10)
            return
        message = {
            "name": details["name"],
            "life_ms": life_ms,
            "all_workspaces": bool(details["all_workspaces"]),
            "read_only": bool(details["read_only"]),
        }
        made = core.orrery("POST", "tokens", message)
        before = [each for each in found.entry.get("predecessors", []) if isinstance(each, str)]
        entry = {
            **found.entry,
            # Not revoked here, because a request may be on its way with it; `orrery logout` does.
            "predecessors": [*before, found.entry["token_id"]][-_MOST_PREDECESSORS:],
            "token": made["token"],
            "token_id": made["details"]["id"],
            "expires": int(made["details"]["expiration_timestamp"]),
        }
        _write_entry(credentials_path(), found, entry)
        self._next_try[found.address] = self._now() + max(60.0, life / 2)

    def _newest(self, token: str) -> str:
        while token in self._successors:
            token = self._successors[token]
        return token

    def _is_due(self, token: str) -> bool:
        """Takes the lock where it is; who holds it must let it go."""
        if self._now() < self._next_try.get(token, float("-inf")) or not self._lock.acquire(blocking=False):
            return False
        if self._now() < self._next_try.get(token, float("-inf")):
            self._lock.release()
            return False
        return True


renewals = Renewals()


def sign(place: str) -> Optional[str]:
    """The Authorization header for a request to a workspace, renewed if need be; None where nothing is known for it.

    Args:
        place: Address of the workspace.

    Raises:
        OrreryError: UNREADABLE_CREDENTIALS.
    """
    header = authorization_for(place)
    if header is None:
        return None
    if header.startswith(f"Bearer {RUN_TOKEN}"):
        return f"Bearer {renewals.of_run(header[len('Bearer ') :], place)}"
    if header.startswith(f"Bearer {PERSONAL_TOKEN}"):
        found = kept_for(place)
        if found is not None and header == f"Bearer {found.entry['token']}":
            renewals.of_login(found, place)
            return authorization_for(place)
    return header


def _core(place: str, token: str) -> Any:
    from orrery.core import Core

    return Core(place, token=token, timeout=_RENEW_TIMEOUT_SECONDS, attempts=1)


def _write_entry(path: pathlib.Path, found: Found, entry: Dict[str, Any]) -> None:
    """Writes beside and renames, as the command line does; leaves an entry that somebody changed meanwhile."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    if entries.get(found.address, {}).get("token") != found.entry["token"]:
        return
    entries[found.address] = entry
    handle, beside = tempfile.mkstemp(prefix="credentials.json.", dir=str(path.parent))
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(json.dumps(entries, indent=2) + "\n")
        os.replace(beside, path)
    except BaseException:
        pathlib.Path(beside).unlink(missing_ok=True)
        raise
