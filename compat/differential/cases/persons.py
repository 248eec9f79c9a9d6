"""Who asks, on servers with accounts: the calls of the cases in users.py, rights.py and roles.py."""

import dataclasses

from ..calls import RIGHTS, Call, get, post, quietly

ON_EXPERIMENT = {"resource_type": "experiment", "resource_id": "{exp}"}
ON_MODEL = {"resource_type": "registered_model", "resource_id": "{reg}"}
GRANT = f"{RIGHTS}users/permissions/grant"
REVOKE = f"{RIGHTS}users/permissions/revoke"


def by(person: str, call: Call) -> Call:
    return dataclasses.replace(call, by=person)


def root(call: Call) -> Call:
    return by("root", call)


def ann(call: Call) -> Call:
    return by("ann", call)


def given(level: str, on: dict = ON_EXPERIMENT, to: str = "{ann}") -> Call:
    return root(quietly(post(GRANT, {"username": to, **on, "permission": level})))


def level_of(on: dict, of: str = "{ann}") -> Call:
    return root(get(f"{RIGHTS}users/permissions/get", {"username": of, **on}))
