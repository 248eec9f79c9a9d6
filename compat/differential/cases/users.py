"""Accounts by MLflow's basic-auth API. Asked of guarded servers."""

from ..calls import Call, case, delete, get, patch, post, quietly
from .persons import ann, root

NEW = {"username": "new-{word}", "password": "correct horse battery"}


def with_header(value: str) -> Call:
    return get("experiments/get", {"experiment_id": "0"}, headers={"Authorization": value})


CASES = [
    # Who asks
    case("access: nobody asks", get("experiments/get", {"experiment_id": "0"})),
    case("access: nobody asks for something that is not there", get("no-such-route")),
    case("access: health without a name", get("/health")),
    case("access: version without a name", get("/version")),
    *(
        case(f"access: the header {what}", with_header(value))
        for what, value in {
            "of a wrong password": "Basic cm9vdDp3cm9uZw==",
            "of an unknown name": "Basic bm9ib2R5Ondyb25n",
            "without a password": "Basic cm9vdA==",
            "that is not base64": "Basic %%%",
            "of an unknown scheme": "Digest a=b",
            "of an unknown token": "Bearer nothing",
        }.items()
    ),
    # Users
    case(
        "access: a user is made",
        root(post("users/create", NEW)),
        root(get("users/get", {"username": NEW["username"]})),
    ),
    case(
        "access: a user is made twice",
        root(quietly(post("users/create", NEW))),
        root(post("users/create", NEW)),
    ),
    case(
        "access: a user whose name differs in case only",
        root(quietly(post("users/create", NEW))),
        root(post("users/create", {**NEW, "username": "NEW-{word}"})),
    ),
    *(
        case(f"access: a user called {name!r}", root(post("users/create", {**NEW, "username": name})))
        for name in (
            "",
            " ",
            "a b-{word}",
            "a/b-{word}",
            "a:b-{word}",
            "é-{word}",
            "a@b-{word}.org",
            "x" * 300,
            7,
        )
    ),
    *(
        case(
            f"access: a user with the password {word!r}",
            root(post("users/create", {**NEW, "password": word})),
        )
        for word in ("", "short", "x" * 12, "x" * 1000, 7)
    ),
    *(
        case(
            f"access: a user is made without {field}",
            root(post("users/create", {name: value for name, value in NEW.items() if name != field})),
        )
        for field in ("username", "password")
    ),
    case("access: a user is made by somebody", ann(post("users/create", NEW))),
    case("access: oneself", ann(get("users/current"))),
    case("access: oneself by name", ann(get("users/get", {"username": "{ann}"}))),
    case("access: somebody else", ann(get("users/get", {"username": "{ben}"}))),
    case("access: an unknown user", root(get("users/get", {"username": "nobody-{word}"}))),
    case("access: an unknown user for somebody", ann(get("users/get", {"username": "nobody-{word}"}))),
    case("access: a user without a name", root(get("users/get"))),
    case("access: everybody for somebody", ann(get("users/list"))),
    case(
        "access: one's password without the old one",
        ann(patch("users/update-password", {"username": "{ann}", "password": "another horse battery"})),
    ),
    case(
        "access: one's password with a wrong old one",
        ann(
            patch(
                "users/update-password",
                {"username": "{ann}", "password": "another horse battery", "current_password": "wrong"},
            )
        ),
    ),
    case(
        "access: one's password",
        ann(
            patch(
                "users/update-password",
                {
                    "username": "{ann}",
                    "password": "another horse battery",
                    "current_password": "correct horse battery",
                },
            )
        ),
        ann(get("users/current")),
    ),
    case(
        "access: the password of somebody else",
        ann(patch("users/update-password", {"username": "{ben}", "password": "another horse battery"})),
    ),
    case(
        "access: a password by an administrator",
        root(patch("users/update-password", {"username": "{ann}", "password": "another horse battery"})),
        ann(get("users/current")),
    ),
    case(
        "access: a short password by an administrator",
        root(patch("users/update-password", {"username": "{ann}", "password": "short"})),
    ),
    case(
        "access: an administrator is made and unmade",
        root(patch("users/update-admin", {"username": "{ann}", "is_admin": True})),
        ann(get("users/get", {"username": "{ben}"})),
        root(patch("users/update-admin", {"username": "{ann}", "is_admin": False})),
        ann(get("users/current")),
    ),
    case(
        "access: an administrator is made by somebody",
        ann(patch("users/update-admin", {"username": "{ann}", "is_admin": True})),
    ),
    case(
        "access: an administrator without yes or no", root(patch("users/update-admin", {"username": "{ann}"}))
    ),
    case(
        "access: an unknown administrator",
        root(patch("users/update-admin", {"username": "nobody-{word}", "is_admin": True})),
    ),
    case(
        "access: a user is deleted",
        root(delete("users/delete", {"username": "{ann}"})),
        root(get("users/get", {"username": "{ann}"})),
        ann(get("users/current")),
    ),
    case("access: an unknown user is deleted", root(delete("users/delete", {"username": "nobody-{word}"}))),
    case("access: a user is deleted by somebody", ann(delete("users/delete", {"username": "{ben}"}))),
    case("access: a user deletes oneself", ann(delete("users/delete", {"username": "{ann}"}))),
]

LAST = [
    case(
        "access: the last administrator steps down",
        root(patch("users/update-admin", {"username": "root", "is_admin": False})),
    ),
]
"""MLflow has no administrator afterwards."""
