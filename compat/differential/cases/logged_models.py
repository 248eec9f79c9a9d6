from ..calls import AT, case, delete, get, patch, post, quietly

MADE = {"made": "model.info.model_id"}


def read(model: str = "{model}"):
    return get(f"logged-models/{model}")


def create(**body):
    return post("logged-models", {"experiment_id": "{exp}", **body}, save=MADE)


def finalize(status, model="{model}"):
    return patch(f"logged-models/{model}", {"model_id": model, "status": status})


def add_params(*pairs, model="{model}"):
    params = [{"key": key, "value": value} for key, value in pairs]
    return post(f"logged-models/{model}/params", {"model_id": model, "params": params})


def search(**body):
    return post("logged-models/search", {"experiment_ids": ["{exp}"], **body})


def named(letter: str, value: float):
    return [
        quietly(
            post(
                "logged-models",
                {"experiment_id": "{exp}", "name": letter, "params": [{"key": "p", "value": letter}]},
                save={letter: "model.info.model_id"},
            )
        ),
        quietly(
            post(
                "runs/log-batch",
                {
                    "run_id": "{run}",
                    "metrics": [
                        {"key": "m", "value": value, "timestamp": AT, "step": 0, "model_id": f"{{{letter}}}"},
                        {
                            "key": "m",
                            "value": -value,
                            "timestamp": AT,
                            "step": 1,
                            "model_id": f"{{{letter}}}",
                            "dataset_name": "d",
                            "dataset_digest": "1",
                        },
                    ],
                },
            )
        ),
    ]


THREE = [*named("a", 0.1), *named("b", 0.3), *named("c", 0.2)]
BY_NAME = [{"field_name": "name"}]

CASES = [
    case(
        "logged model: created with all fields",
        create(
            name="tree",
            model_type="classifier",
            source_run_id="{run}",
            params=[{"key": "p", "value": "1"}],
            tags=[{"key": "t", "value": "1"}],
        ),
        read("{made}"),
        get("/ajax-api/2.0/mlflow/logged-models/{made}"),
    ),
    case("logged model: created with an experiment alone", create()),
    *(
        case(
            f"logged model: the name {name!r}",
            post("logged-models", {"experiment_id": "{exp}", "name": name}),
        )
        for name in ("a/b", "a:b", "a.b", "a%b", 'a"b', "a'b", "..")
    ),
    case("logged model: a name with a space", create(name="a b")),
    *(
        case(f"logged-models: {what}", post("logged-models", body))
        for what, body in [
            ("no experiment", {"name": "a"}),
            ("an unknown experiment", {"experiment_id": "123456789", "name": "a"}),
            ("a deleted experiment", {"experiment_id": "{deleted_exp}", "name": "a"}),
            ("a number as name", {"experiment_id": "{exp}", "name": 5}),
            ("params as object", {"experiment_id": "{exp}", "params": {"a": "1"}}),
            (
                "a param key with a bad sign",
                {"experiment_id": "{exp}", "params": [{"key": "a?b", "value": "1"}]},
            ),
        ]
    ),
    case("logged model: an unknown source run", create(name="a", source_run_id="{unknown}")),
    *(
        case(f"logged model: finalized as {status}", finalize(status), read())
        for status in ("LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED", 2)
    ),
    case(
        "logged model: finalized twice",
        finalize("LOGGED_MODEL_READY"),
        finalize("LOGGED_MODEL_UPLOAD_FAILED"),
    ),
    *(
        case(f"logged-models finalize: {what}", finalize(status, model))
        for what, status, model in [
            ("no status", None, "{model}"),
            ("an unknown status", "DONE", "{model}"),
            ("pending", "LOGGED_MODEL_PENDING", "{model}"),
            ("an unknown model", "LOGGED_MODEL_READY", "m-{unknown}"),
            ("a deleted model", "LOGGED_MODEL_READY", "{deleted_model}"),
        ]
    ),
    case(
        "logged-models finalize: the id in the path alone",
        patch("logged-models/{model}", {"status": "LOGGED_MODEL_READY"}),
    ),
    case("logged model: an unknown one", read("m-{unknown}")),
    case("logged model: a deleted one", read("{deleted_model}")),
    case(
        "logged model: a deleted one, asked for",
        get("logged-models/{deleted_model}", {"allow_deleted": "true"}),
    ),
    case("logged model: deleted", delete("logged-models/{model}", {"model_id": "{model}"}), read(), search()),
    case("logged model: deleted twice", delete("logged-models/{model}"), delete("logged-models/{model}")),
    case("logged model: an unknown one deleted", delete("logged-models/m-{unknown}")),
    case(
        "logged model tags: set, changed, deleted",
        patch(
            "logged-models/{model}/tags", {"tags": [{"key": "a", "value": "1"}, {"key": "b", "value": ""}]}
        ),
        patch("logged-models/{model}/tags", {"tags": [{"key": "a", "value": "2"}]}),
        delete("logged-models/{model}/tags/b"),
        read(),
        delete("logged-models/{model}/tags/b"),
    ),
    *(
        case(f"logged model tags: {what}", patch(path, body))
        for what, path, body in [
            ("none", "logged-models/{model}/tags", {}),
            ("without a key", "logged-models/{model}/tags", {"tags": [{"value": "1"}]}),
            ("with a bad sign", "logged-models/{model}/tags", {"tags": [{"key": "a?b", "value": "1"}]}),
            ("of an unknown model", "logged-models/m-{unknown}/tags", {"tags": [{"key": "a", "value": "1"}]}),
            (
                "of a deleted model",
                "logged-models/{deleted_model}/tags",
                {"tags": [{"key": "a", "value": "1"}]},
            ),
        ]
    ),
    case("logged model tags: deleted from an unknown model", delete("logged-models/m-{unknown}/tags/a")),
    case("logged model params: added", add_params(("a", "1")), add_params(("b", "2")), read()),
    case("logged model params: the same again", quietly(add_params(("a", "1"))), add_params(("a", "1"))),
    case("logged model params: changed", quietly(add_params(("a", "1"))), add_params(("a", "2")), read()),
    case(
        "logged model params: the id in the path alone",
        post("logged-models/{model}/params", {"params": [{"key": "a", "value": "1"}]}),
    ),
    case("logged model params: none", add_params()),
    case("logged model params: of an unknown model", add_params(("a", "1"), model="m-{unknown}")),
    case("logged model params: of a deleted model", add_params(("a", "1"), model="{deleted_model}")),
    case("logged model params: with a bad sign", add_params(("a?b", "1"))),
    case("logged model params: of 6,000 signs", add_params(("a", "v" * 6000)), read()),
    case("logged model params: of 6,001 signs", add_params(("a", "v" * 6001)), read()),
    case("logged model params: 101 at once", add_params(*((f"p{i}", "1") for i in range(101)))),
    case(
        "logged model metrics: read back with their datasets",
        quietly(
            post(
                "runs/log-metric",
                {
                    "run_id": "{run}",
                    "key": "m",
                    "value": 0.5,
                    "timestamp": AT,
                    "step": 1,
                    "model_id": "{model}",
                },
            )
        ),
        quietly(
            post(
                "runs/log-metric",
                {
                    "run_id": "{run}",
                    "key": "m",
                    "value": 0.7,
                    "timestamp": AT,
                    "step": 2,
                    "model_id": "{model}",
                    "dataset_name": "d",
                    "dataset_digest": "1",
                },
            )
        ),
        read(),
        get("runs/get", {"run_id": "{run}"}),
    ),
    case(
        "logged model metrics: of an unknown model",
        post(
            "runs/log-metric",
            {"run_id": "{run}", "key": "m", "value": 0.5, "timestamp": AT, "model_id": "m-{unknown}"},
        ),
    ),
    case("logged-models/search: by name", *THREE, search(order_by=BY_NAME)),
    case(
        "logged-models/search: by name, the other way",
        *THREE,
        search(order_by=[{"field_name": "name", "ascending": False}]),
    ),
    case(
        "logged-models/search: by metric",
        *THREE,
        search(order_by=[{"field_name": "metrics.m", "ascending": False}]),
    ),
    case(
        "logged-models/search: by metric on a dataset",
        *THREE,
        search(order_by=[{"field_name": "metrics.m", "dataset_name": "d", "dataset_digest": "1"}]),
    ),
    *(
        case(f"logged-models/search: where {filter}", *THREE, search(filter=filter, order_by=BY_NAME))
        for filter in (
            "name = 'b'",
            "params.p != 'a'",
            "metrics.m > 0.15",
            "metrics.m < 0",
            "name LIKE '%'",
            "status = 'PENDING'",
            "name IN ('a', 'c')",
            "tags.nothing IS NULL",
        )
    ),
    case(
        "logged-models/search: metrics on a dataset",
        *THREE,
        search(
            filter="metrics.m < -0.15",
            datasets=[{"dataset_name": "d", "dataset_digest": "1"}],
            order_by=BY_NAME,
        ),
    ),
    case(
        "logged-models/search: metrics on another dataset",
        *THREE,
        search(filter="metrics.m < 5", datasets=[{"dataset_name": "e"}], order_by=BY_NAME),
    ),
    case(
        "logged-models/search: pages",
        *THREE,
        post(
            "logged-models/search",
            {"experiment_ids": ["{exp}"], "order_by": BY_NAME, "max_results": 2},
            save={"token": "next_page_token"},
        ),
        post(
            "logged-models/search",
            {"experiment_ids": ["{exp}"], "order_by": BY_NAME, "max_results": 2, "page_token": "{token}"},
        ),
        post(
            "logged-models/search", {"experiment_ids": ["{exp}"], "max_results": 2, "page_token": "{token}"}
        ),
    ),
    *(
        case(f"logged-models/search: {what}", post("logged-models/search", body))
        for what, body in [
            ("no experiment", {}),
            ("an unknown experiment", {"experiment_ids": ["123456789"]}),
            ("zero results", {"experiment_ids": ["{exp}"], "max_results": 0}),
            ("51 results", {"experiment_ids": ["{exp}"], "max_results": 51}),
            ("a token of nobody", {"experiment_ids": ["{exp}"], "page_token": "abc"}),
            ("an order by nothing", {"experiment_ids": ["{exp}"], "order_by": [{"field_name": "nonsense"}]}),
            ("an order without a field", {"experiment_ids": ["{exp}"], "order_by": [{"ascending": True}]}),
            (
                "an order by a metric with a digest alone",
                {
                    "experiment_ids": ["{exp}"],
                    "order_by": [{"field_name": "metrics.m", "dataset_digest": "1"}],
                },
            ),
            ("a filter that cannot be read", {"experiment_ids": ["{exp}"], "filter": "name ="}),
            ("a filter on nothing", {"experiment_ids": ["{exp}"], "filter": "nonsense = 'x'"}),
            ("a text for a metric", {"experiment_ids": ["{exp}"], "filter": "metrics.m = 'x'"}),
            (
                "a dataset without a name",
                {"experiment_ids": ["{exp}"], "datasets": [{"dataset_digest": "1"}]},
            ),
        ]
    ),
]
