"""Errors for requests that got no answer, in words."""

from __future__ import annotations

import requests

from orrery.errors import OrreryError

# What the lowest error of a broken connection says, and what it means.
_REASONS = (
    ("Connection refused", "nothing listens there"),
    ("Name or service not known", "there is no host of that name"),
    ("nodename nor servname", "there is no host of that name"),
    ("getaddrinfo failed", "there is no host of that name"),
    ("Temporary failure in name resolution", "the name of the host could not be looked up"),
    ("No route to host", "there is no way to that host"),
    ("Network is unreachable", "there is no way to that network"),
    ("certificate has expired", "its certificate has expired"),
    ("self-signed certificate", "its certificate is signed by itself or an authority that is not known here"),
    ("self signed certificate", "its certificate is signed by itself or an authority that is not known here"),
    ("unable to get local issuer", "its certificate is signed by an authority that is not known here"),
    ("Hostname mismatch", "its certificate is for another host"),
    ("doesn't match", "its certificate is for another host"),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS; is it an http:// address?"),
    ("record layer failure", "it does not speak TLS; is it an http:// address?"),
    ("Connection reset", "the other side cut the connection"),
    ("Connection aborted", "the other side cut the connection"),
    ("Broken pipe", "the other side cut the connection"),
    ("IncompleteRead", "the other side cut the connection"),
    ("RemoteDisconnected", "the other side cut the connection"),
)


def no_answer(server: str, call: str, error: Exception) -> OrreryError:
    """UNREACHABLE with its reason, or TIMED_OUT."""
    if isinstance(error, requests.Timeout):
        return OrreryError(
            "TIMED_OUT",
            f"{server} did not answer {call} in time.",
            hint="Ask for less, or give the workspace a longer timeout.",
        )
    text = str(error)
    reason = next((meaning for mark, meaning in _REASONS if mark in text), text[:200])
    return OrreryError(
        "UNREACHABLE",
        f"{server} cannot be reached: {reason}.",
        hint="Is the server running, and is the address right?",
    )
