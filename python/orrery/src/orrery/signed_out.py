"""401 in the words of whoever sits here: which credential it was, and what is wrong with it as far as that is known."""

from __future__ import annotations

import base64
import datetime
import os
import re
import time
from typing import Optional, Tuple

from orrery.credentials import current_profile, kept_for
from orrery.errors import OrreryError

_EXPIRED = re.compile(r"^You are not authenticated: the token (expired at \S+?)\.(?: |$)")
_UNKNOWN = "You are not authenticated: the request has no valid credential."


def signed_out(server: str, header: Optional[str], told: str) -> "tuple[str, str]":
    """The message and the next step.

    Args:
        server: Address of the server or the workspace that was asked.
        header: Authorization, as it was sent.
        told: What the server says.
    """
    login = f"`orrery login {server}`"
    if header is None:
        own = os.environ.get("ORRERY_TOKEN")
        unsent = " ORRERY_TOKEN goes to the server of ORRERY_URL alone." if own else ""
        says = f"{server} asks who you are, and no credential is known for it.{unsent}"
        return says, f"Sign in with {login}, or set ORRERY_URL and ORRERY_TOKEN."
    origin, expires, again = _origin(server, header)
    step = again or f"Give another one, or sign in with {login}."
    return f"{origin} was not taken: {_why(told, header, expires)}", step


def _origin(server: str, header: str) -> Tuple[str, Optional[float], Optional[str]]:
    """Where the credential came from, its end in milliseconds since the epoch, and the next step, as far as known."""
    for name in ("ORRERY_TOKEN", "MLFLOW_TRACKING_TOKEN"):
        if header == f"Bearer {os.environ.get(name)}":
            step = f"Put another one into {name}, or unset it and sign in with `orrery login {server}`."
            return f"The token in {name}", None, step
    names = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
    pair = ":".join(os.environ.get(name, "") for name in names)
    if header == "Basic " + base64.b64encode(pair.encode()).decode("ascii"):
        return f"The password in {names[1]}, for the name in {names[0]},", None, None
    try:
        found, profile = kept_for(server), current_profile()
    except OrreryError:
        return "The credential that was sent", None, None
    if found is None or header != f"Bearer {found.entry['token']}":
        return "The credential that was given to this program", None, None
    is_of_profile = profile.url is not None and profile.url.rstrip("/") == server.split("/workspaces/")[0]
    whose = f"The token of profile '{profile.name}'" if is_of_profile else "The token"
    more = f" --profile {profile.name}" if is_of_profile else ""
    step = f"Sign in again with `orrery login {found.address}{more}`."
    origin = f"{whose}, which `orrery login` keeps for {found.address},"
    return origin, found.entry.get("expires"), step


def _why(told: str, header: str, expires: Optional[float]) -> str:
    expired = _EXPIRED.match(told)
    if expired is not None:
        return f"it {expired.group(1)}."
    if not told.startswith(_UNKNOWN):
        return told
    # The server forgets what has ended; what `orrery login` keeps says when that was.
    if isinstance(expires, (int, float)) and expires <= time.time() * 1000:
        at = datetime.datetime.fromtimestamp(expires / 1000, datetime.timezone.utc)
        return f"it expired at {at.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}."
    if header.startswith("Bearer ") and not re.match(r"Bearer orrery_[a-z]{3}_", header):
        return "it is no token of Orrery: those begin with `orrery_`."
    return "it is wrong, was revoked, or has expired."
