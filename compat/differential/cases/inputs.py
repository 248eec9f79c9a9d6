from ..calls import case, get, post

DATASET = {"name": "d", "digest": "1", "source_type": "local", "source": '{"uri": "/a"}'}


def read(run: str = "{run}"):
    return get("runs/get", {"run_id": run})


def log(*datasets, **more):
    return post("runs/log-inputs", {"run_id": "{run}", "datasets": list(datasets), **more})


CASES = [
    case(
        "inputs: a dataset with schema, profile and tags",
        log(
            {
                "dataset": {**DATASET, "schema": "{}", "profile": '{"rows": 3}'},
                "tags": [{"key": "mlflow.data.context", "value": "train"}, {"key": "a", "value": "1"}],
            }
        ),
        read(),
    ),
    case("inputs: a dataset without tags", log({"dataset": DATASET}), read()),
    case("inputs: the same dataset twice in a call", log({"dataset": DATASET}, {"dataset": DATASET}), read()),
    case(
        "inputs: the same dataset in two calls",
        log({"dataset": DATASET}),
        log({"dataset": DATASET, "tags": [{"key": "a", "value": "1"}]}),
        read(),
    ),
    case(
        "inputs: the same name and digest with another source",
        log({"dataset": DATASET}),
        log({"dataset": {**DATASET, "source": "other"}}),
        read(),
    ),
    case(
        "inputs: the same name with another digest",
        log({"dataset": DATASET}),
        log({"dataset": {**DATASET, "digest": "2"}}),
        read(),
    ),
    case(
        "inputs: a dataset of two runs",
        log({"dataset": DATASET}),
        post("runs/log-inputs", {"run_id": "{run2}", "datasets": [{"dataset": DATASET}]}),
        read("{run2}"),
    ),
    case(
        "inputs: a search shows them",
        log({"dataset": DATASET}),
        post("runs/search", {"experiment_ids": ["{exp}"], "filter": "dataset.name = 'd'"}),
    ),
    case("inputs: nothing", log(), read()),
    case(
        "inputs: a model",
        post("runs/log-inputs", {"run_id": "{run}", "models": [{"model_id": "{model}"}]}),
        read(),
    ),
    case(
        "inputs: a model twice",
        post("runs/log-inputs", {"run_id": "{run}", "models": [{"model_id": "{model}"}]}),
        post("runs/log-inputs", {"run_id": "{run}", "models": [{"model_id": "{model}"}]}),
        read(),
    ),
    case(
        "inputs: an unknown model",
        post("runs/log-inputs", {"run_id": "{run}", "models": [{"model_id": "m-{unknown}"}]}),
        read(),
    ),
    *(
        case(f"runs/log-inputs: {what}", log({"dataset": {**DATASET, **fields}, "tags": tags}))
        for what, fields, tags in [
            ("a name of 500 signs", {"name": "n" * 500}, []),
            ("a name of 501 signs", {"name": "n" * 501}, []),
            ("a digest of 36 signs", {"digest": "d" * 36}, []),
            ("a digest of 37 signs", {"digest": "d" * 37}, []),
            ("a source of 65,535 signs", {"source": "s" * 65_535}, []),
            ("a source of 65,536 signs", {"source": "s" * 65_536}, []),
            ("a schema of 1,048,575 signs", {"schema": "s" * 1_048_575}, []),
            ("a schema of 1,048,576 signs", {"schema": "s" * 1_048_576}, []),
            ("an empty name", {"name": ""}, []),
            ("an empty digest", {"digest": ""}, []),
            ("a tag key of 255 signs", {}, [{"key": "k" * 255, "value": "v"}]),
            ("a tag key of 256 signs", {}, [{"key": "k" * 256, "value": "v"}]),
            ("a tag value of 500 signs", {}, [{"key": "k", "value": "v" * 500}]),
            ("a tag value of 501 signs", {}, [{"key": "k", "value": "v" * 501}]),
            ("a tag without a value", {}, [{"key": "k"}]),
        ]
    ),
    *(
        case(f"runs/log-inputs: {what}", post("runs/log-inputs", body))
        for what, body in [
            ("no run", {"datasets": [{"dataset": DATASET}]}),
            ("an unknown run", {"run_id": "{unknown}", "datasets": [{"dataset": DATASET}]}),
            ("a deleted run", {"run_id": "{deleted_run}", "datasets": [{"dataset": DATASET}]}),
            ("no dataset in an entry", {"run_id": "{run}", "datasets": [{"tags": []}]}),
            (
                "a dataset without a name",
                {
                    "run_id": "{run}",
                    "datasets": [{"dataset": {"digest": "1", "source_type": "local", "source": "s"}}],
                },
            ),
            (
                "a dataset without a digest",
                {
                    "run_id": "{run}",
                    "datasets": [{"dataset": {"name": "d", "source_type": "local", "source": "s"}}],
                },
            ),
            (
                "a dataset without a source",
                {
                    "run_id": "{run}",
                    "datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "local"}}],
                },
            ),
            (
                "a dataset without a source type",
                {"run_id": "{run}", "datasets": [{"dataset": {"name": "d", "digest": "1", "source": "s"}}]},
            ),
            ("datasets as text", {"run_id": "{run}", "datasets": "d"}),
            (
                "1,001 datasets",
                {
                    "run_id": "{run}",
                    "datasets": [{"dataset": {**DATASET, "digest": str(i)}} for i in range(1001)],
                },
            ),
        ]
    ),
    case(
        "outputs: a model",
        post("runs/outputs", {"run_id": "{run}", "models": [{"model_id": "{model}", "step": 3}]}),
        read(),
    ),
    case(
        "outputs: a model at two steps",
        post("runs/outputs", {"run_id": "{run}", "models": [{"model_id": "{model}", "step": 3}]}),
        post("runs/outputs", {"run_id": "{run}", "models": [{"model_id": "{model}", "step": 4}]}),
        read(),
    ),
    *(
        case(f"runs/outputs: {what}", post("runs/outputs", body))
        for what, body in [
            ("no run", {"models": [{"model_id": "{model}", "step": 0}]}),
            ("no models", {"run_id": "{run}"}),
            ("no step", {"run_id": "{run}", "models": [{"model_id": "{model}"}]}),
            ("no model id", {"run_id": "{run}", "models": [{"step": 0}]}),
            ("an unknown run", {"run_id": "{unknown}", "models": [{"model_id": "{model}", "step": 0}]}),
            ("a deleted run", {"run_id": "{deleted_run}", "models": [{"model_id": "{model}", "step": 0}]}),
            ("an unknown model", {"run_id": "{run}", "models": [{"model_id": "m-{unknown}", "step": 0}]}),
        ]
    ),
]
