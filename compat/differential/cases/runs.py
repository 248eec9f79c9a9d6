from ..calls import AT, case, get, post

MADE = {"made": "run.info.run_id"}


def read(run: str = "{run}"):
    return get("runs/get", {"run_id": run})


CASES = [
    case(
        "run: created with all fields",
        post(
            "runs/create",
            {
                "experiment_id": "{exp}",
                "user_id": "ann",
                "run_name": "first",
                "start_time": AT,
                "tags": [{"key": "a", "value": "1"}, {"key": "mlflow.user", "value": "bob"}],
            },
            save=MADE,
        ),
        read("{made}"),
    ),
    case(
        "run: created with an experiment alone",
        post("runs/create", {"experiment_id": "{exp}"}, save=MADE),
        read("{made}"),
    ),
    case(
        "run: an experiment id given as number",
        post("runs/create", {"experiment_id": 0, "start_time": AT}, save=MADE),
    ),
    case(
        "run: named by its tag",
        post(
            "runs/create",
            {
                "experiment_id": "{exp}",
                "start_time": AT,
                "tags": [{"key": "mlflow.runName", "value": "tagged"}],
            },
            save=MADE,
        ),
    ),
    case(
        "run: name and tag say different things",
        post(
            "runs/create",
            {"experiment_id": "{exp}", "run_name": "a", "tags": [{"key": "mlflow.runName", "value": "b"}]},
        ),
    ),
    case(
        "run: name and tag agree",
        post(
            "runs/create",
            {
                "experiment_id": "{exp}",
                "start_time": AT,
                "run_name": "a",
                "tags": [{"key": "mlflow.runName", "value": "a"}],
            },
            save=MADE,
        ),
    ),
    case(
        "run: an empty name is made up",
        post("runs/create", {"experiment_id": "{exp}", "start_time": AT, "run_name": ""}, save=MADE),
    ),
    case(
        "run: a tag given twice",
        post(
            "runs/create",
            {
                "experiment_id": "{exp}",
                "start_time": AT,
                "tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}],
            },
            save=MADE,
        ),
    ),
    case(
        "run: a note",
        post(
            "runs/create",
            {
                "experiment_id": "{exp}",
                "start_time": AT,
                "tags": [{"key": "mlflow.note.content", "value": "n" * 8000}],
            },
            save=MADE,
        ),
    ),
    *(
        case(f"runs/create: {what}", post("runs/create", body))
        for what, body in [
            ("an unknown experiment", {"experiment_id": "123456789"}),
            ("letters as experiment", {"experiment_id": "abc"}),
            ("a deleted experiment", {"experiment_id": "{deleted_exp}"}),
            ("a list as experiment", {"experiment_id": ["{exp}"]}),
            ("a number as name", {"experiment_id": "{exp}", "run_name": 5}),
            ("a text as start time", {"experiment_id": "{exp}", "start_time": "soon"}),
            ("a fraction as start time", {"experiment_id": "{exp}", "start_time": 1.5}),
            ("an object as tags", {"experiment_id": "{exp}", "tags": {"a": "1"}}),
            ("texts as tags", {"experiment_id": "{exp}", "tags": ["a"]}),
            (
                "a tag key of 251 signs",
                {"experiment_id": "{exp}", "tags": [{"key": "k" * 251, "value": "1"}]},
            ),
            ("a tag key with a bad sign", {"experiment_id": "{exp}", "tags": [{"key": "a?", "value": "1"}]}),
            ("a tag without a key", {"experiment_id": "{exp}", "tags": [{"value": "1"}]}),
        ]
    ),
    case(
        "runs/create: a start time as text of digits",
        post("runs/create", {"experiment_id": "{exp}", "start_time": str(AT)}, save=MADE),
    ),
    case(
        "runs/create: a negative start time",
        post("runs/create", {"experiment_id": "{exp}", "start_time": -5}, save=MADE),
    ),
    case(
        "runs/create: a tag without a value",
        post("runs/create", {"experiment_id": "{exp}", "start_time": AT, "tags": [{"key": "a"}]}),
    ),
    case(
        "runs/create: a tag value beyond the limit is cut",
        post(
            "runs/create",
            {"experiment_id": "{exp}", "start_time": AT, "tags": [{"key": "a", "value": "v" * 8001}]},
            save=MADE,
        ),
    ),
    case("runs/get: by the old name of the id", get("runs/get", {"run_uuid": "{run}"})),
    case("runs/get: by both names", get("runs/get", {"run_uuid": "{run}", "run_id": "{run}"})),
    case("runs/get: a deleted run", read("{deleted_run}")),
    case("runs/get: a run of a deleted experiment", read("{run_of_deleted_exp}")),
    case("runs/get: below /ajax-api", get("/ajax-api/2.0/mlflow/runs/get", {"run_id": "{run}"})),
    *(
        case(f"runs/get: {what}", get("runs/get", params))
        for what, params in [
            ("no id", {}),
            ("an empty id", {"run_id": ""}),
            ("an unknown id", {"run_id": "{unknown}"}),
            ("a path", {"run_id": "../x"}),
            ("an id of 300 signs", {"run_id": "a" * 300}),
            ("an id with a bad sign", {"run_id": "a b"}),
        ]
    ),
    case(
        "run: status, end time and name are changed",
        post("runs/update", {"run_id": "{run}", "status": "FINISHED", "end_time": AT, "run_name": "second"}),
        read(),
    ),
    *(
        case(
            f"runs/update: to {status}",
            post("runs/update", {"run_id": "{run}", "status": status, "end_time": AT}),
        )
        for status in ("SCHEDULED", "FAILED", "KILLED", "RUNNING")
    ),
    case(
        "runs/update: a status as number",
        post("runs/update", {"run_id": "{run}", "status": 4, "end_time": AT}),
        read(),
    ),
    case(
        "runs/update: by the old name of the id",
        post("runs/update", {"run_uuid": "{run}", "status": "FINISHED", "end_time": AT}),
    ),
    case(
        "runs/update: the name alone", post("runs/update", {"run_id": "{run}", "run_name": "second"}), read()
    ),
    case(
        "runs/update: a finished run goes on",
        post("runs/update", {"run_id": "{finished_run}", "status": "RUNNING"}),
        read("{finished_run}"),
    ),
    case(
        "runs/update: an empty name",
        post("runs/update", {"run_id": "{run}", "run_name": "", "status": "FAILED"}),
        read(),
    ),
    case("runs/update: nothing", post("runs/update", {"run_id": "{run}"})),
    *(
        case(f"runs/update: {what}", post("runs/update", body))
        for what, body in [
            ("no id", {"status": "FINISHED"}),
            ("an unknown run", {"run_id": "{unknown}", "status": "FINISHED"}),
            ("a deleted run", {"run_id": "{deleted_run}", "status": "FINISHED"}),
            ("an unknown status", {"run_id": "{run}", "status": "DANCING"}),
            ("an unknown status number", {"run_id": "{run}", "status": 99}),
            ("a text as end time", {"run_id": "{run}", "end_time": "later"}),
        ]
    ),
    case(
        "run: deleted and restored, twice each",
        post("runs/delete", {"run_id": "{run}"}),
        post("runs/delete", {"run_id": "{run}"}),
        read(),
        post("runs/restore", {"run_id": "{run}"}),
        post("runs/restore", {"run_id": "{run}"}),
        read(),
    ),
    *(
        case(f"runs/{verb}: {what}", post(f"runs/{verb}", body))
        for verb in ("delete", "restore")
        for what, body in [
            ("no id", {}),
            ("an unknown run", {"run_id": "{unknown}"}),
            ("a bad id", {"run_id": "a b"}),
        ]
    ),
    case(
        "param: logged twice with the same value, once with another",
        post("runs/log-parameter", {"run_id": "{run}", "key": "a", "value": "1"}),
        post("runs/log-parameter", {"run_id": "{run}", "key": "a", "value": "1"}),
        post("runs/log-parameter", {"run_id": "{run}", "key": "a", "value": "2"}),
        read(),
    ),
    case(
        "param: by the old name of the id",
        post("runs/log-parameter", {"run_uuid": "{run}", "key": "a", "value": "1"}),
        read(),
    ),
    *(
        case(
            f"param: a value of {what}",
            post("runs/log-parameter", {"run_id": "{run}", "key": "a", "value": value}),
            read(),
        )
        for what, value in [
            ("nothing", ""),
            ("6,000 signs", "v" * 6000),
            ("6,001 signs", "v" * 6001),
            ("6,000 signs beyond the plane", "😀" * 6000),
            ("many scripts", "żółć 日本 😀"),
            ("line breaks", "a\nb\tc\r\n"),
        ]
    ),
    *(
        case(
            f"param: a key {what}",
            post("runs/log-parameter", {"run_id": "{run}", "key": key, "value": "1"}),
            read(),
        )
        for what, key in [
            ("of 250 signs", "k" * 250),
            ("with all allowed signs", "a/b.c-d_e f:g"),
            ("of other scripts", "żółć"),
            ("that begins with a space", " a"),
        ]
    ),
    *(
        case(f"runs/log-parameter: {what}", post("runs/log-parameter", body))
        for what, body in [
            ("no run", {"key": "a", "value": "1"}),
            ("no key", {"run_id": "{run}", "value": "1"}),
            ("no value", {"run_id": "{run}", "key": "a"}),
            ("a null value", {"run_id": "{run}", "key": "a", "value": None}),
            ("an empty key", {"run_id": "{run}", "key": "", "value": "1"}),
            ("a number as value", {"run_id": "{run}", "key": "a", "value": 5}),
            ("a bool as value", {"run_id": "{run}", "key": "a", "value": True}),
            ("a key of 251 signs", {"run_id": "{run}", "key": "k" * 251, "value": "1"}),
            ("a key with a bad sign", {"run_id": "{run}", "key": "a?b", "value": "1"}),
            ("a key out of the folder", {"run_id": "{run}", "key": "../a", "value": "1"}),
            ("an absolute key", {"run_id": "{run}", "key": "/a", "value": "1"}),
            ("a key with an empty part", {"run_id": "{run}", "key": "a//b", "value": "1"}),
            ("a key that ends with a slash", {"run_id": "{run}", "key": "a/", "value": "1"}),
            ("a dot as key", {"run_id": "{run}", "key": ".", "value": "1"}),
            ("an unknown run", {"run_id": "{unknown}", "key": "a", "value": "1"}),
            ("a deleted run", {"run_id": "{deleted_run}", "key": "a", "value": "1"}),
            ("a run of a deleted experiment", {"run_id": "{run_of_deleted_exp}", "key": "a", "value": "1"}),
        ]
    ),
    case(
        "tag: set, changed, deleted",
        post("runs/set-tag", {"run_id": "{run}", "key": "a", "value": "1"}),
        post("runs/set-tag", {"run_id": "{run}", "key": "a", "value": "2"}),
        post("runs/set-tag", {"run_id": "{run}", "key": "b", "value": ""}),
        post("runs/delete-tag", {"run_id": "{run}", "key": "a"}),
        read(),
        post("runs/delete-tag", {"run_id": "{run}", "key": "a"}),
    ),
    case(
        "tag: the name of the run",
        post("runs/set-tag", {"run_id": "{run}", "key": "mlflow.runName", "value": "by tag"}),
        read(),
    ),
    case(
        "tag: an empty name of the run",
        post("runs/set-tag", {"run_id": "{run}", "key": "mlflow.runName", "value": ""}),
        read(),
    ),
    case(
        "tag: the name of the run deleted",
        post("runs/delete-tag", {"run_id": "{run}", "key": "mlflow.runName"}),
        read(),
    ),
    case(
        "tag: a value of 8,000 signs",
        post("runs/set-tag", {"run_id": "{run}", "key": "a", "value": "v" * 8000}),
        read(),
    ),
    case(
        "tag: a value of 8,001 signs",
        post("runs/set-tag", {"run_id": "{run}", "key": "a", "value": "v" * 8001}),
        read(),
    ),
    *(
        case(f"runs/set-tag: {what}", post("runs/set-tag", body))
        for what, body in [
            ("no run", {"key": "a", "value": "1"}),
            ("no key", {"run_id": "{run}", "value": "1"}),
            ("no value", {"run_id": "{run}", "key": "a"}),
            ("a number as value", {"run_id": "{run}", "key": "a", "value": 5}),
            ("a key of 251 signs", {"run_id": "{run}", "key": "k" * 251, "value": "1"}),
            ("a key out of the folder", {"run_id": "{run}", "key": "../a", "value": "1"}),
            ("an unknown run", {"run_id": "{unknown}", "key": "a", "value": "1"}),
            ("a deleted run", {"run_id": "{deleted_run}", "key": "a", "value": "1"}),
            ("a run of a deleted experiment", {"run_id": "{run_of_deleted_exp}", "key": "a", "value": "1"}),
        ]
    ),
    *(
        case(f"runs/delete-tag: {what}", post("runs/delete-tag", body))
        for what, body in [
            ("no run", {"key": "a"}),
            ("no key", {"run_id": "{run}"}),
            ("a missing tag", {"run_id": "{run}", "key": "a"}),
            ("an unknown run", {"run_id": "{unknown}", "key": "a"}),
            ("a deleted run", {"run_id": "{deleted_run}", "key": "a"}),
        ]
    ),
    case(
        "runs/log-model: the old way to note a model",
        post(
            "runs/log-model",
            {
                "run_id": "{run}",
                "model_json": '{"run_id": "{run}", "artifact_path": "m", "flavors": {}, '
                '"utc_time_created": "2026-01-01 00:00:00"}',
            },
        ),
        read(),
    ),
    *(
        case(f"runs/log-model: {what}", post("runs/log-model", body))
        for what, body in [
            ("no run", {"model_json": "{}"}),
            ("no model", {"run_id": "{run}"}),
            ("a model that is not JSON", {"run_id": "{run}", "model_json": "{bad"}),
            ("a model without its fields", {"run_id": "{run}", "model_json": "{}"}),
            ("a list as model", {"run_id": "{run}", "model_json": "[]"}),
        ]
    ),
]
