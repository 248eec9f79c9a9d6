"""Roles, their rights and who has them. Asked of guarded servers."""

from ..calls import RIGHTS, Call, case, delete, get, patch, post, quietly
from .persons import ann, given, root
from .rights import DONE_WITH_EXPERIMENT, LEVELS

ROLES = f"{RIGHTS}roles/"
ROLE = root(
    quietly(
        post(f"{ROLES}create", {"workspace": "default", "name": "{word}"}, save={"role": "role.id"}),
    )
)


def in_role(resource_type: str, pattern: str, permission: str) -> Call:
    body = {
        "role_id": "{role}",
        "resource_type": resource_type,
        "resource_pattern": pattern,
        "permission": permission,
    }
    return root(post(f"{ROLES}permissions/add", body, save={"right": "role_permission.id"}))


ASSIGN = root(post(f"{ROLES}assign", {"username": "{ann}", "role_id": "{role}"}))

CASES = [
    case(
        "access: a role is made",
        root(post(f"{ROLES}create", {"workspace": "default", "name": "{word}", "description": "d"})),
    ),
    *(
        case(
            f"access: a role called {name!r}",
            root(post(f"{ROLES}create", {"workspace": "default", "name": name})),
        )
        for name in ("", " ", "a b {word}", "a/b {word}", "__user_1__", "x" * 300, 7)
    ),
    case("access: a role is made without a name", root(post(f"{ROLES}create", {"workspace": "default"}))),
    case("access: a role is made without a workspace", root(post(f"{ROLES}create", {"name": "{word}"}))),
    case(
        "access: a role of an unknown workspace",
        root(post(f"{ROLES}create", {"workspace": "no-{word}", "name": "{word}"})),
    ),
    case(
        "access: a role is made twice",
        ROLE,
        root(post(f"{ROLES}create", {"workspace": "default", "name": "{word}"})),
    ),
    case(
        "access: a role is made by somebody",
        ann(post(f"{ROLES}create", {"workspace": "default", "name": "{word}"})),
    ),
    case("access: a role is read", ROLE, root(get(f"{ROLES}get", {"role_id": "{role}"}))),
    case("access: a role is read by somebody", ROLE, ann(get(f"{ROLES}get", {"role_id": "{role}"}))),
    case("access: an unknown role is read", root(get(f"{ROLES}get", {"role_id": 99999}))),
    case("access: a role that is no number is read", root(get(f"{ROLES}get", {"role_id": "a"}))),
    case("access: roles are listed by somebody", ann(get(f"{ROLES}list", {"workspace": "default"}))),
    case(
        "access: a role is described anew",
        ROLE,
        root(patch(f"{ROLES}update", {"role_id": "{role}", "description": "e"})),
    ),
    case("access: nothing of a role is changed", ROLE, root(patch(f"{ROLES}update", {"role_id": "{role}"}))),
    case(
        "access: a role is deleted",
        ROLE,
        root(delete(f"{ROLES}delete", {"role_id": "{role}"})),
        root(get(f"{ROLES}get", {"role_id": "{role}"})),
    ),
    case("access: an unknown role is deleted", root(delete(f"{ROLES}delete", {"role_id": 99999}))),
    *(
        case(f"access: a role with {level} on all experiments", ROLE, in_role("experiment", "*", level))
        for level in (*LEVELS, "NO_PERMISSIONS", "read")
    ),
    *(
        case(f"access: a role with READ on every {kind!r}", ROLE, in_role(kind, "*", "READ"))
        for kind in ("registered_model", "workspace", "run", "prompt", "scorer", "planet")
    ),
    case("access: a role with USE of the workspace", ROLE, in_role("workspace", "*", "USE")),
    case("access: a role with MANAGE of the workspace", ROLE, in_role("workspace", "*", "MANAGE")),
    case(
        "access: a role gets the same right twice",
        ROLE,
        quietly(in_role("experiment", "*", "READ")),
        in_role("experiment", "*", "READ"),
    ),
    case(
        "access: a role with a right on an unknown experiment", ROLE, in_role("experiment", "99999", "READ")
    ),
    case(
        "access: a right of a role is changed",
        ROLE,
        quietly(in_role("experiment", "*", "READ")),
        root(patch(f"{ROLES}permissions/update", {"role_permission_id": "{right}", "permission": "EDIT"})),
    ),
    case(
        "access: a right of a role is taken",
        ROLE,
        quietly(in_role("experiment", "*", "READ")),
        root(delete(f"{ROLES}permissions/remove", {"role_permission_id": "{right}"})),
        root(get(f"{ROLES}permissions/list", {"role_id": "{role}"})),
    ),
    case(
        "access: an unknown right of a role is taken",
        root(delete(f"{ROLES}permissions/remove", {"role_permission_id": 99999})),
    ),
    case("access: a role is assigned twice", ROLE, ASSIGN, ASSIGN),
    case(
        "access: a role is assigned to an unknown user",
        ROLE,
        root(post(f"{ROLES}assign", {"username": "nobody-{word}", "role_id": "{role}"})),
    ),
    case(
        "access: an unknown role is assigned",
        root(post(f"{ROLES}assign", {"username": "{ann}", "role_id": 99999})),
    ),
    case(
        "access: a role is taken that nobody has",
        ROLE,
        root(delete(f"{ROLES}unassign", {"username": "{ann}", "role_id": "{role}"})),
    ),
    case(
        "access: the holders of a role",
        ROLE,
        quietly(ASSIGN),
        root(get(f"{ROLES}users/list", {"role_id": "{role}"})),
    ),
    case(
        "access: one's roles",
        ROLE,
        quietly(ASSIGN),
        ann(get(f"{RIGHTS}users/roles/list", {"username": "{ann}"})),
    ),
    case("access: the roles of somebody else", ann(get(f"{RIGHTS}users/roles/list", {"username": "{ben}"}))),
    *(
        case(
            f"access: an experiment {what} by a role with {level}",
            ROLE,
            quietly(in_role("experiment", "*", level)),
            quietly(ASSIGN),
            ann(DONE_WITH_EXPERIMENT[what]),
        )
        for level in ("READ", "EDIT", "MANAGE")
        for what in ("is read", "gets a run", "is deleted")
    ),
    case(
        "access: an experiment is read by a role and denied by a right",
        ROLE,
        quietly(in_role("experiment", "*", "MANAGE")),
        quietly(ASSIGN),
        given("DENY"),
        ann(DONE_WITH_EXPERIMENT["is read"]),
    ),
    *(
        case(
            f"access: an experiment is made by a role with {level} of the workspace",
            ROLE,
            quietly(in_role("workspace", "*", level)),
            quietly(ASSIGN),
            ann(post("experiments/create", {"name": "by {word}"})),
        )
        for level in ("USE", "MANAGE")
    ),
    case(
        "access: whoever makes an experiment may delete it",
        ROLE,
        quietly(in_role("workspace", "*", "USE")),
        quietly(ASSIGN),
        ann(quietly(post("experiments/create", {"name": "by {word}"}, save={"own": "experiment_id"}))),
        root(
            get(
                f"{RIGHTS}users/permissions/get",
                {"username": "{ann}", "resource_type": "experiment", "resource_id": "{own}"},
            )
        ),
        ann(post("experiments/delete", {"experiment_id": "{own}"})),
    ),
]
