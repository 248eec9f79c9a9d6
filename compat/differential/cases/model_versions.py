"""Versions of registered models: what may be registered, and what becomes of it."""

from ..calls import case, delete, get, patch, post, put, quietly

VERSIONS = "model-versions/"
OUTSIDE = "s3://bucket/model"


def create(source=OUTSIDE, name="{reg}", **body):
    return post(f"{VERSIONS}create", {"name": name, "source": source, **body})


def read(version="1", name="{reg}"):
    return get(f"{VERSIONS}get", {"name": name, "version": version})


def uri(version="1", name="{reg}"):
    return get(f"{VERSIONS}get-download-uri", {"name": name, "version": version})


def drop(path, **body):
    return delete(f"/api/2.0/mlflow/{VERSIONS}{path}", {"name": "{reg}", **body})


def move(stage, version="1", **body):
    return post(f"{VERSIONS}transition-stage", {"name": "{reg}", "version": version, "stage": stage, **body})


def set_tag(**body):
    return post(f"{VERSIONS}set-tag", {"name": "{reg}", "version": "1", **body})


def search(filter="name = '{reg}'", **query):
    return get(f"{VERSIONS}search", {"filter": filter, **query})


ONE = quietly(create())
FILE = quietly(put("{exp}/{run}/artifacts/model/w.txt", b"weights"))
INSIDE = "mlflow-artifacts:/{exp}/{run}/artifacts/model"
FIVE = [
    quietly(create(run_id="{run}", tags=[{"key": "t", "value": "1"}])),
    quietly(create("s3://bucket/other", tags=[{"key": "t", "value": "2"}])),
    quietly(create(run_id="{run2}")),
    quietly(create(run_id="{run}", tags=[{"key": "T", "value": "1"}])),
    quietly(create("S3://BUCKET/model")),
]
BY_NUMBER = {"order_by": ["version_number ASC"]}

CASES = [
    case(
        "model version: created with all fields",
        create(
            tags=[{"key": "b", "value": "1"}, {"key": "a", "value": "é"}],
            run_link="http://x/y",
            description="first",
        ),
        read(),
        uri(),
        get("registered-models/get", {"name": "{reg}"}),
    ),
    case("model version: created with a source alone", create(), create(), read("2")),
    case("model version: created with an empty description", create(description=""), read()),
    case(
        "model version: of a folder of a run",
        FILE,
        create(INSIDE, run_id="{run}"),
        read(),
        uri(),
        get("/model-versions/get-artifact", {"name": "{reg}", "version": "1", "path": "w.txt"}),
        get("/model-versions/get-artifact", {"name": "{reg}", "version": "1", "path": "nothing.txt"}),
    ),
    case(
        "model version: of a folder of a run, by runs:/",
        FILE,
        create("runs:/{run}/model", run_id="{run}"),
        read(),
        uri(),
    ),
    case(
        "model version: of a logged model",
        create("models:/{model}", model_id="{model}"),
        read(),
        uri(),
        get("logged-models/{model}"),
    ),
    case(
        "model version: of a logged model and its run",
        create("models:/{model}", model_id="{model}", run_id="{run}"),
        read(),
    ),
    case("model version: of an empty folder of a run", create(INSIDE, run_id="{run}"), read()),
    *(
        case(
            f"model version: of another version, {source}",
            ONE,
            create(source, name="{reg2}"),
            read("1", "{reg2}"),
            uri("1", "{reg2}"),
        )
        for source in (
            "models:/{reg}/1",
            "models:/{reg}/latest",
            "models:/{reg}/LATEST",
            "models:/{reg}/None",
        )
    ),
    case(
        "model version: of an alias of another",
        ONE,
        quietly(create("s3://bucket/second")),
        quietly(post("registered-models/alias", {"name": "{reg}", "alias": "a", "version": "1"})),
        create("models:/{reg}@a", name="{reg2}"),
        uri("1", "{reg2}"),
        create("models:/{reg}@latest", name="{reg2}"),
        uri("2", "{reg2}"),
    ),
    case(
        "model version: of another with its run",
        FILE,
        quietly(create(INSIDE, run_id="{run}")),
        create("models:/{reg}/1", name="{reg2}"),
        create("models:/{reg}/1", name="{reg2}", run_id="{run}"),
        create("models:/{reg}/1", name="{reg2}", run_id="{run2}"),
        create("models:/{reg}/1", name="{reg2}", run_id=""),
        uri("1", "{reg2}"),
    ),
    case(
        "model version: of a copy of a copy",
        ONE,
        quietly(create("models:/{reg}/1", name="{reg2}")),
        create("models:/{reg2}/1"),
        uri("2"),
    ),
    *(
        case(f"model version: the source {source!r} is refused", create(source))
        for source in (
            "",
            "/etc",
            "/etc/../x",
            "relative",
            "file:///etc",
            "file:/etc",
            "http://x/y",
            "https://x/y",
            "HTTPS://x/y",
            "ftp://x/y",
            "sftp://x/y",
            "hdfs://x/y",
            "viewfs://x/y",
            "r2://x/y",
            "b2://x/y",
            "abfss://x/y",
            "mlflow-artifacts://host/x",
            "mlflow-artifacts://host:5000/x",
            "mlflow-artifacts:/x/../y",
            "s3://bucket/../x",
            "s3://bucket/%2e%2e/x",
            "s3://bucket/%252e%252e/x",
            "models:/",
            "models:/a/b/c",
            "models:/nobody-at-all/1",
            "models:/nobody-at-all/latest",
            "models:/nobody-at-all@a",
            "models:/{reg}/7",
            "models:/{reg}/latest",
            "models:/{reg}@nobody",
            "models:/{model}",
            "models://host/{reg}/1",
            "runs:/{run}/model",
            "runs://host/{run}/model",
            INSIDE,
        )
    ),
    *(
        case(f"model version: the source {source!r} with a run is refused", create(source, run_id="{run}"))
        for source in (
            "/etc",
            "relative",
            "file:///etc",
            "http://x/y",
            "runs:/{run2}/model",
            "runs:/{run}/../x",
            "mlflow-artifacts:/{exp}/{run2}/artifacts/model",
            "mlflow-artifacts:/{exp}/{run}/artifactsx",
            "mlflow-artifacts:/{exp}",
            "mlflow-artifacts:/{exp}/{run}/artifacts/../../x",
            "models:/{model}",
        )
    ),
    case("model version: of an unknown run", create(INSIDE, run_id="{unknown}")),
    case("model version: of an unknown run, source elsewhere", create(run_id="{unknown}"), read()),
    case("model version: of an unknown logged model", create("models:/m-{unknown}", model_id="m-{unknown}")),
    case("model version: a source of another logged model", create("models:/{model}", model_id="{model2}")),
    case(
        "model version: a deleted logged model",
        create("models:/{deleted_model}", model_id="{deleted_model}"),
    ),
    case("model version: a run's source for a logged model", create("runs:/{run}/model", model_id="{model}")),
    case("model version: no source", post(f"{VERSIONS}create", {"name": "{reg}"})),
    case("model version: no name", post(f"{VERSIONS}create", {"source": OUTSIDE})),
    case("model version: an unknown model", create(name="nobody {word}")),
    case("model version: a bad name", create(name="a/b")),
    case("model version: a tag without a key", create(tags=[{"value": "1"}])),
    case("model version: a tag key of 251 signs", create(tags=[{"key": "k" * 251, "value": "1"}])),
    case("model version: a tag value beyond the limit", create(tags=[{"key": "a", "value": "v" * 100_001}])),
    case(
        "model version: a tag given twice",
        create(tags=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]),
    ),
    case(
        "model version: own tags",
        FILE,
        create(INSIDE, run_id="{run}", tags=[{"key": "a", "value": "1"}]),
        own_tags=True,
    ),
    *(
        case(f"model-versions/get: the version {version!r}", ONE, read(version))
        for version in (
            *("1", "01", " 1 ", "+1", "0_1", "1.0", "0", "-1", "7", "x", "", "v1", "latest"),
            "9" * 30,
        )
    ),
    case("model-versions/get: no version", get(f"{VERSIONS}get", {"name": "{reg}"})),
    case("model-versions/get: an unknown model", read("1", "nobody {word}")),
    case("get-download-uri: an unknown version", uri("7")),
    case("get-download-uri: an unknown model", uri("1", "nobody {word}")),
    case(
        "version files: no path",
        ONE,
        get("/model-versions/get-artifact", {"name": "{reg}", "version": "1"}),
    ),
    case(
        "version files: a path that leads out",
        FILE,
        quietly(create(INSIDE, run_id="{run}")),
        get("/model-versions/get-artifact", {"name": "{reg}", "version": "1", "path": "../w.txt"}),
    ),
    case(
        "version files: an unknown version",
        get("/model-versions/get-artifact", {"name": "{reg}", "version": "1", "path": "w.txt"}),
    ),
    case(
        "model version: described anew",
        ONE,
        patch(f"{VERSIONS}update", {"name": "{reg}", "version": "1", "description": "new"}),
        patch(f"{VERSIONS}update", {"name": "{reg}", "version": "1", "description": ""}),
        patch(f"{VERSIONS}update", {"name": "{reg}", "version": "1"}),
        read(),
    ),
    case(
        "model-versions/update: an unknown version",
        patch(f"{VERSIONS}update", {"name": "{reg}", "version": "7"}),
    ),
    case(
        "model version: moved from stage to stage",
        ONE,
        ONE,
        ONE,
        move("staging"),
        move("PRODUCTION", "2"),
        move("Production", "3", archive_existing_versions=True),
        read("2"),
        read("1"),
        move("none", "3"),
        move("Archived", "3"),
        move("Archived", "3"),
        get("registered-models/get", {"name": "{reg}"}),
    ),
    *(case(f"transition-stage: to {stage!r}", ONE, move(stage)) for stage in ("Shelf", "", " Production")),
    *(
        case(f"transition-stage: archiving at {stage}", ONE, move(stage, archive_existing_versions=True))
        for stage in ("None", "archived", "Staging")
    ),
    case("transition-stage: an unknown version", move("Staging", "7")),
    case("transition-stage: an unknown stage before an unknown version", move("Shelf", "7")),
    case(
        "transition-stage: no stage",
        ONE,
        post(f"{VERSIONS}transition-stage", {"name": "{reg}", "version": "1"}),
    ),
    case(
        "model version: deleted",
        ONE,
        ONE,
        quietly(post("registered-models/alias", {"name": "{reg}", "alias": "a", "version": "2"})),
        drop("delete", version="2"),
        read("2"),
        drop("delete", version="2"),
        get("registered-models/get", {"name": "{reg}"}),
        create(),
    ),
    case("model-versions/delete: a word", drop("delete", version="x")),
    case("model-versions/delete: no version", drop("delete")),
    case(
        "model version tags: set, changed, deleted",
        ONE,
        set_tag(key="a", value="1"),
        set_tag(key="a", value="2"),
        set_tag(key="b", value="x"),
        set_tag(key="c/d", value=""),
        set_tag(key="e"),
        drop("delete-tag", version="1", key="b"),
        drop("delete-tag", version="1", key="b"),
        read(),
    ),
    case("model version tags: no key", ONE, set_tag(value="1")),
    case("model version tags: a key with a bad sign", ONE, set_tag(key="a,b", value="1")),
    case("model version tags: a value beyond the limit", ONE, set_tag(key="a", value="v" * 100_001)),
    case(
        "model version tags: an unknown version",
        set_tag(key="a", value="1"),
        drop("delete-tag", version="7", key="a"),
    ),
    case("model-versions/search: last changed first", *FIVE, search()),
    case(
        "model-versions/search: pages",
        *FIVE,
        search(max_results=3, **BY_NUMBER),
        quietly(
            get(
                f"{VERSIONS}search",
                {"filter": "name = '{reg}'", "max_results": 3, **BY_NUMBER},
                save={"more": "next_page_token"},
            )
        ),
        search(max_results=3, page_token="{more}", **BY_NUMBER),
    ),
    *(
        case(
            f"model-versions/search: where {filter}",
            *FIVE,
            search(f"name = '{{reg}}' AND {filter}", **BY_NUMBER),
        )
        for filter in (
            "tags.t = '1'",
            "tags.t != '1'",
            "tags.T LIKE '%'",
            "tags.nobody != '1'",
            "run_id = '{run}'",
            "run_id IN ('{run}', '{run2}')",
            "source_path = 's3://bucket/model'",
            "source_path LIKE 's3://%'",
            "source_path ILIKE 's3://%'",
            "version_number = 2",
            "version_number >= 4",
            "version_number < 2",
            "version_number != 3",
            "version_number = '2'",
            "name LIKE '%'",
            "creation_timestamp > 0",
            "tags.`mlflow.prompt.is_prompt` != 'true'",
            "tags.`mlflow.prompt.is_prompt` = 'true'",
        )
    ),
    *(
        case(f"model-versions/search: refused, {filter}", search(filter))
        for filter in (
            "colour = 'red'",
            "name > 'a'",
            "name = a",
            "run_id > 'a'",
            "version_number LIKE 'a'",
            "version_number = 'a'",
            "current_stage = 'None'",
            "tags.a > '1'",
            "run_id IN ()",
            "name = 'a' OR name = 'b'",
        )
    ),
    *(
        case(f"model-versions/search: ordered by {' and '.join(order)}", *FIVE, search(order_by=order))
        for order in (
            ["version_number ASC"],
            ["version_number"],
            ["name DESC", "version_number DESC"],
            ["creation_timestamp ASC", "version_number"],
            ["last_updated_timestamp DESC"],
        )
    ),
    *(
        case(f"model-versions/search: an order by {' and '.join(order)}", search(order_by=order))
        for order in (["colour"], ["version_number sideways"], ["version_number", "version_number DESC"])
    ),
    *(
        case(f"model-versions/search: {limit} results", search(max_results=limit))
        for limit in (0, -1, 200_000, 200_001, "x")
    ),
    case("model-versions/search: a token of nobody", search(page_token="x")),
]
