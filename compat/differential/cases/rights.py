"""Rights on single things, and what somebody may do and see by them. Asked of guarded servers."""

from ..calls import ARTIFACTS, RIGHTS, Call, case, delete, get, patch, post, put
from .persons import GRANT, ON_EXPERIMENT, ON_MODEL, REVOKE, ann, given, level_of, root

DONE_WITH_EXPERIMENT = {
    "is read": get("experiments/get", {"experiment_id": "{exp}"}),
    "is renamed": post("experiments/update", {"experiment_id": "{exp}", "new_name": "{word}"}),
    "is tagged": post("experiments/set-experiment-tag", {"experiment_id": "{exp}", "key": "a", "value": "b"}),
    "gets a run": post("runs/create", {"experiment_id": "{exp}", "run_name": "a run", "start_time": 1}),
    "has its runs searched": post("runs/search", {"experiment_ids": ["{exp}"]}),
    "is deleted": post("experiments/delete", {"experiment_id": "{exp}"}),
}
DONE_WITH_RUN = {
    "is read": get("runs/get", {"run_id": "{run}"}),
    "is logged to": post("runs/log-metric", {"run_id": "{run}", "key": "a", "value": 1, "timestamp": 1}),
    "is deleted": post("runs/delete", {"run_id": "{run}"}),
    "has its artifacts listed": get("artifacts/list", {"run_id": "{run}"}),
    "gets an artifact": put(f"{ARTIFACTS}artifacts/{{exp}}/{{run}}/artifacts/a.txt", b"hello"),
}
DONE_WITH_MODEL = {
    "is read": get("registered-models/get", {"name": "{reg}"}),
    "is described": patch("registered-models/update", {"name": "{reg}", "description": "d"}),
    "is tagged": post("registered-models/set-tag", {"name": "{reg}", "key": "a", "value": "b"}),
    "gets a version": post("model-versions/create", {"name": "{reg}", "source": "s3://bucket/model"}),
    "gets an alias of no version": post(
        "registered-models/alias", {"name": "{reg}", "alias": "a", "version": "1"}
    ),
    "is deleted": delete("registered-models/delete", {"name": "{reg}"}),
}
LEVELS = ("READ", "USE", "EDIT", "MANAGE", "DENY")


def things_done(noun: str, done: dict[str, Call], on: dict):
    for what, call in done.items():
        yield case(f"access: {noun} {what} without a right", ann(call))
    for level in LEVELS:
        yield case(f"access: what is done with {noun} by {level}", given(level, on), *map(ann, done.values()))


CASES = [
    # What somebody may do by no right at all, and by one on one thing
    case(
        "access: an experiment is made without a right",
        ann(post("experiments/create", {"name": "by {word}"})),
    ),
    case(
        "access: a model is made without a right",
        ann(post("registered-models/create", {"name": "by {word}"})),
    ),
    case(
        "access: experiments are searched without a right",
        ann(post("experiments/search", {"max_results": 1})),
    ),
    case(
        "access: models are searched without a right",
        ann(get("registered-models/search", {"max_results": 1})),
    ),
    case(
        "access: the experiment Default without a right", ann(get("experiments/get", {"experiment_id": "0"}))
    ),
    *things_done("an experiment", DONE_WITH_EXPERIMENT, ON_EXPERIMENT),
    *things_done("a run", DONE_WITH_RUN, ON_EXPERIMENT),
    *things_done("a model", DONE_WITH_MODEL, ON_MODEL),
    # Rights on things
    *(case(f"access: {level} is told", given(level), level_of(ON_EXPERIMENT)) for level in LEVELS),
    case("access: no right is told", level_of(ON_EXPERIMENT)),
    case("access: an administrator's right is told", level_of(ON_EXPERIMENT, "root")),
    case(
        "access: the right on an unknown thing is told", level_of({**ON_EXPERIMENT, "resource_id": "99999"})
    ),
    case("access: the right of an unknown user is told", level_of(ON_EXPERIMENT, "nobody-{word}")),
    *(
        case(
            f"access: the level {level!r} is given",
            root(post(GRANT, {"username": "{ann}", **ON_EXPERIMENT, "permission": level})),
        )
        for level in (*LEVELS, "NO_PERMISSIONS", "read", "OWN", "")
    ),
    *(
        case(
            f"access: a right on the kind {kind!r} is given",
            root(
                post(
                    GRANT,
                    {
                        "username": "{ann}",
                        "resource_type": kind,
                        "resource_id": "{exp}",
                        "permission": "READ",
                    },
                )
            ),
        )
        for kind in ("run", "workspace", "prompt", "scorer", "gateway_endpoint", "planet", "")
    ),
    case(
        "access: a right is given twice",
        given("READ"),
        root(post(GRANT, {"username": "{ann}", **ON_EXPERIMENT, "permission": "READ"})),
    ),
    case(
        "access: a right is replaced by another",
        given("READ"),
        root(post(GRANT, {"username": "{ann}", **ON_EXPERIMENT, "permission": "EDIT"})),
        level_of(ON_EXPERIMENT),
    ),
    case(
        "access: a right on an unknown experiment",
        root(
            post(GRANT, {"username": "{ann}", **ON_EXPERIMENT, "resource_id": "99999", "permission": "READ"})
        ),
    ),
    case(
        "access: a right on an unknown model",
        root(
            post(GRANT, {"username": "{ann}", **ON_MODEL, "resource_id": "no {word}", "permission": "READ"})
        ),
    ),
    case(
        "access: a right on all experiments",
        root(post(GRANT, {"username": "{ann}", **ON_EXPERIMENT, "resource_id": "*", "permission": "READ"})),
    ),
    case(
        "access: a right for an unknown user",
        root(post(GRANT, {"username": "nobody-{word}", **ON_EXPERIMENT, "permission": "READ"})),
    ),
    case(
        "access: a right is taken",
        given("EDIT"),
        root(post(REVOKE, {"username": "{ann}", **ON_EXPERIMENT})),
        level_of(ON_EXPERIMENT),
    ),
    case(
        "access: a right is taken that nobody gave",
        root(post(REVOKE, {"username": "{ann}", **ON_EXPERIMENT})),
    ),
    case(
        "access: a right is given by whoever may not",
        ann(post(GRANT, {"username": "{ben}", **ON_EXPERIMENT, "permission": "READ"})),
    ),
    case(
        "access: a right is given to somebody without any by whoever has MANAGE",
        given("MANAGE"),
        ann(post(GRANT, {"username": "{ben}", **ON_EXPERIMENT, "permission": "READ"})),
    ),
    case(
        "access: a right is given to oneself by whoever has EDIT",
        given("EDIT"),
        ann(post(GRANT, {"username": "{ann}", **ON_EXPERIMENT, "permission": "MANAGE"})),
    ),
    case("access: all of one's rights", given("EDIT"), ann(get(f"{RIGHTS}users/current/permissions"))),
    case(
        "access: all of somebody's rights",
        given("EDIT"),
        root(get(f"{RIGHTS}users/permissions/list", {"username": "{ann}"})),
    ),
    case(
        "access: all of somebody else's rights",
        ann(get(f"{RIGHTS}users/permissions/list", {"username": "{ben}"})),
    ),
]
