from ..calls import case, get, post, quietly

MADE = {"made": "experiment_id"}

CASES = [
    case(
        "experiment: created with tags and read by id and name",
        post(
            "experiments/create",
            {"name": "e {word}", "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": ""}]},
            save=MADE,
        ),
        get("experiments/get", {"experiment_id": "{made}"}),
        get("experiments/get-by-name", {"experiment_name": "e {word}"}),
    ),
    case(
        "experiment: the Default one",
        get("experiments/get-by-name", {"experiment_name": "Default"}),
        get("/ajax-api/2.0/mlflow/experiments/get", {"experiment_id": "0"}),
    ),
    *(
        case(
            f"experiment: a name of {what}",
            post("experiments/create", {"name": name}, save={"made": "experiment_id"}),
            get("experiments/get", {"experiment_id": "{made}"}),
        )
        for what, name in [
            ("500 signs", "{word}" + "n" * 488),
            ("letters of many scripts", "{word} żółć 日本 😀"),
            ("signs that mean something elsewhere", "{word} <b>'\"`%&/\\?#"),
            ("spaces around words", "  {word}  "),
        ]
    ),
    *(
        case(f"experiment: {what} is refused as name", post("experiments/create", body))
        for what, body in [
            ("no name", {}),
            ("an empty text", {"name": ""}),
            ("a text of 501 signs", {"name": "n" * 501}),
            ("null", {"name": None}),
            ("a list", {"name": ["a"]}),
            ("an object", {"name": {"a": 1}}),
            ("a number", {"name": 12345}),
            ("a bool", {"name": True}),
        ]
    ),
    case(
        "experiment: a taken name",
        quietly(post("experiments/create", {"name": "e {word}"})),
        post("experiments/create", {"name": "e {word}"}),
    ),
    case(
        "experiment: the name of a deleted one is taken",
        quietly(post("experiments/create", {"name": "e {word}"}, save=MADE)),
        quietly(post("experiments/delete", {"experiment_id": "{made}"})),
        post("experiments/create", {"name": "e {word}"}),
        get("experiments/get-by-name", {"experiment_name": "e {word}"}),
    ),
    *(
        case(
            f"experiment: an artifact location {what}",
            post("experiments/create", {"name": "e {word}", "artifact_location": location}, save=MADE),
            get("experiments/get", {"experiment_id": "{made}"}),
        )
        for what, location in [
            ("in S3", "s3://bucket/path"),
            ("in S3 with a slash at its end", "s3://bucket/path/"),
            ("in Azure", "wasbs://container@account.blob.core.windows.net/path"),
            ("that is empty", ""),
        ]
    ),
    *(
        case(
            f"experiment: an artifact location {what} is refused",
            post("experiments/create", {"name": "e {word}", "artifact_location": location}),
        )
        for what, location in [
            ("with a fragment", "s3://bucket/a#b"),
            ("with a query", "s3://bucket/a?b=c"),
            ("with parameters", "s3://bucket/a;b"),
            ("with dots", "s3://bucket/a/../b"),
            ("with encoded dots", "s3://bucket/a/%2e%2e/b"),
        ]
    ),
    case(
        "experiment: a tag key of 251 signs",
        post("experiments/create", {"name": "e {word}", "tags": [{"key": "k" * 251, "value": "v"}]}),
    ),
    case(
        "experiment: a tag without a key",
        post("experiments/create", {"name": "e {word}", "tags": [{"value": "v"}]}),
    ),
    *(
        case(f"experiments/get: {what}", get("experiments/get", params))
        for what, params in [
            ("no id", {}),
            ("an empty id", {"experiment_id": ""}),
        ]
    ),
    *(
        case(f"experiments/get: {what}", get("experiments/get", params))
        for what, params in [
            ("an unknown id", {"experiment_id": "123456789"}),
            ("letters", {"experiment_id": "abc"}),
            ("a negative id", {"experiment_id": "-1"}),
            ("a fraction", {"experiment_id": "1.0"}),
            ("SQL", {"experiment_id": "0 OR 1=1"}),
            ("a path", {"experiment_id": "../0"}),
            ("an id of 65 digits", {"experiment_id": "1" * 65}),
            ("the same id twice", {"experiment_id": ["0", "0"]}),
            ("an unknown field beside it", {"experiment_id": "0", "nonsense": "1"}),
        ]
    ),
    case("experiments/get-by-name: no name", get("experiments/get-by-name")),
    case(
        "experiments/get-by-name: unknown",
        get("experiments/get-by-name", {"experiment_name": "nobody {word}"}),
    ),
    case(
        "experiment: deleted, read, restored",
        post("experiments/delete", {"experiment_id": "{exp}"}),
        get("experiments/get", {"experiment_id": "{exp}"}),
        post("experiments/delete", {"experiment_id": "{exp}"}),
        post("experiments/restore", {"experiment_id": "{exp}"}),
        get("experiments/get", {"experiment_id": "{exp}"}),
        post("experiments/restore", {"experiment_id": "{exp}"}),
    ),
    case(
        "experiment: deletion and restoration take the runs along",
        quietly(post("runs/delete", {"run_id": "{run2}"})),
        quietly(post("runs/set-tag", {"run_id": "{run}", "key": "a", "value": "1"})),
        post("experiments/delete", {"experiment_id": "{exp}"}),
        get("runs/get", {"run_id": "{run}"}),
        post(
            "runs/search",
            {
                "experiment_ids": ["{exp}"],
                "run_view_type": "DELETED_ONLY",
                "order_by": ["tags.a"],
                "max_results": 1,
            },
        ),
        post("experiments/restore", {"experiment_id": "{exp}"}),
        get("runs/get", {"run_id": "{run}"}),
        get("runs/get", {"run_id": "{run2}"}),
    ),
    *(
        case(f"experiments/{verb}: {what}", post(f"experiments/{verb}", body))
        for verb in ("delete", "restore")
        for what, body in [
            ("no id", {}),
            ("an unknown id", {"experiment_id": "123456789"}),
            ("letters", {"experiment_id": "abc"}),
            ("a list", {"experiment_id": ["1"]}),
        ]
    ),
    case(
        "experiment: renamed",
        post("experiments/update", {"experiment_id": "{exp}", "new_name": "renamed {word}"}),
        get("experiments/get", {"experiment_id": "{exp}"}),
    ),
    *(
        case(f"experiments/update: {what}", post("experiments/update", body))
        for what, body in [
            ("no id", {"new_name": "a"}),
            ("no name", {"experiment_id": "{exp}"}),
            ("an empty name", {"experiment_id": "{exp}", "new_name": ""}),
            ("a name of 501 signs", {"experiment_id": "{exp}", "new_name": "n" * 501}),
            ("a number as name", {"experiment_id": "{exp}", "new_name": 5}),
            ("a taken name", {"experiment_id": "{exp}", "new_name": "Default"}),
            ("an unknown id", {"experiment_id": "123456789", "new_name": "x {word}"}),
            ("a deleted experiment", {"experiment_id": "{deleted_exp}", "new_name": "x {word}"}),
        ]
    ),
    case(
        "experiment tags: set, changed, deleted",
        post("experiments/set-experiment-tag", {"experiment_id": "{exp}", "key": "a", "value": "1"}),
        post("experiments/set-experiment-tag", {"experiment_id": "{exp}", "key": "a", "value": "2"}),
        post("experiments/set-experiment-tag", {"experiment_id": "{exp}", "key": "b", "value": ""}),
        post("experiments/delete-experiment-tag", {"experiment_id": "{exp}", "key": "a"}),
        get("experiments/get", {"experiment_id": "{exp}"}),
        post("experiments/delete-experiment-tag", {"experiment_id": "{exp}", "key": "a"}),
    ),
    case(
        "experiment tags: an id given as number",
        post("experiments/set-experiment-tag", {"experiment_id": 0, "key": "{word}", "value": "1"}),
        post("experiments/delete-experiment-tag", {"experiment_id": 0, "key": "{word}"}),
    ),
    *(
        case(
            f"experiment tags: a value of {count} signs",
            post(
                "experiments/set-experiment-tag", {"experiment_id": "{exp}", "key": "a", "value": "v" * count}
            ),
            get("experiments/get", {"experiment_id": "{exp}"}),
        )
        for count in (5000, 5001, 20_000, 20_001)
    ),
    *(
        case(f"experiments/set-experiment-tag: {what}", post("experiments/set-experiment-tag", body))
        for what, body in [
            ("no key", {"experiment_id": "{exp}", "value": "1"}),
            ("no value", {"experiment_id": "{exp}", "key": "a"}),
            ("an empty key", {"experiment_id": "{exp}", "key": "", "value": "1"}),
            ("a key of 250 signs", {"experiment_id": "{exp}", "key": "k" * 250, "value": "1"}),
            ("a key of 251 signs", {"experiment_id": "{exp}", "key": "k" * 251, "value": "1"}),
            ("a key out of the folder", {"experiment_id": "{exp}", "key": "../a", "value": "1"}),
            ("a key with a bad sign", {"experiment_id": "{exp}", "key": "a?b", "value": "1"}),
            ("a number as value", {"experiment_id": "{exp}", "key": "a", "value": 5}),
            ("an unknown experiment", {"experiment_id": "123456789", "key": "a", "value": "1"}),
            ("a deleted experiment", {"experiment_id": "{deleted_exp}", "key": "a", "value": "1"}),
        ]
    ),
    *(
        case(f"experiments/delete-experiment-tag: {what}", post("experiments/delete-experiment-tag", body))
        for what, body in [
            ("no key", {"experiment_id": "{exp}"}),
            ("a missing key", {"experiment_id": "{exp}", "key": "a"}),
            ("an unknown experiment", {"experiment_id": "123456789", "key": "a"}),
            ("a deleted experiment", {"experiment_id": "{deleted_exp}", "key": "a"}),
        ]
    ),
    case(
        "search-datasets: what the runs of an experiment used",
        quietly(
            post(
                "runs/log-inputs",
                {
                    "run_id": "{run}",
                    "datasets": [
                        {
                            "dataset": {"name": "d", "digest": "1", "source_type": "local", "source": "{}"},
                            "tags": [{"key": "mlflow.data.context", "value": "train"}],
                        },
                        {"dataset": {"name": "e", "digest": "2", "source_type": "local", "source": "{}"}},
                    ],
                },
            )
        ),
        post("/ajax-api/2.0/mlflow/experiments/search-datasets", {"experiment_ids": ["{exp}"]}),
        post("/api/2.0mlflow/experiments/search-datasets", {"experiment_ids": ["{exp}"]}),
        post("/ajax-api/2.0mlflow/experiments/search-datasets", {"experiment_ids": ["{exp}", "{exp2}"]}),
    ),
    *(
        case(f"search-datasets: {what}", post("/ajax-api/2.0/mlflow/experiments/search-datasets", body))
        for what, body in [
            ("no experiments", {}),
            ("an empty list", {"experiment_ids": []}),
            ("an unknown experiment", {"experiment_ids": ["123456789"]}),
            ("twenty experiments", {"experiment_ids": [str(i) for i in range(900_000, 900_020)]}),
            ("twenty-one experiments", {"experiment_ids": [str(i) for i in range(900_000, 900_021)]}),
            ("a text instead of a list", {"experiment_ids": "1"}),
        ]
    ),
]
