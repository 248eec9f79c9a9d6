"""Registered models, their tags and aliases, and the searches for them."""

from ..calls import case, delete, get, patch, post, quietly

MODELS = "registered-models/"
MADE = {"made": "registered_model.name"}


def create(name="m {word}", **body):
    return post(f"{MODELS}create", {"name": name, **body})


def read(name="{reg}"):
    return get(f"{MODELS}get", {"name": name})


def drop(path, **body):
    return delete(f"/api/2.0/mlflow/{MODELS}{path}", body)


def set_tag(**body):
    return post(f"{MODELS}set-tag", {"name": "{reg}", **body})


def set_alias(**body):
    return post(f"{MODELS}alias", {"name": "{reg}", **body})


def get_alias(alias, name="{reg}"):
    return get(f"{MODELS}alias", {"name": name, "alias": alias})


def search(filter="name LIKE '{word}%'", **query):
    return get(f"{MODELS}search", {"filter": filter, **query})


def version(name="{reg}"):
    return quietly(post("model-versions/create", {"name": name, "source": "s3://b/m"}))


FIVE = [
    quietly(create("{word} a", tags=[{"key": "t", "value": "1"}])),
    quietly(create("{word} c", tags=[{"key": "t", "value": "2"}], description="x")),
    quietly(create("{word} B", tags=[{"key": "T", "value": "1"}])),
    quietly(create("{word} d")),
    quietly(create("{word} prompt", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}])),
]

CASES = [
    case(
        "registered model: created with all fields",
        create(
            description="about",
            tags=[{"key": "b", "value": "1"}, {"key": "a", "value": "é"}],
            deployment_job_id="7",
        ),
        read("m {word}"),
        get("/ajax-api/2.0/mlflow/registered-models/get", {"name": "m {word}"}),
    ),
    case("registered model: created with a name alone", create(), read("m {word}")),
    case("registered model: created with an empty description", create(description=""), read("m {word}")),
    *(
        case(f"registered model: the name {name!r}", create(name))
        for name in ("", " ", "a/b", "a:b", ".", "..", "../x", "...", "/", "\t")
    ),
    case("registered model: the name m.n is fine", create("{word} m.n%2Fé"), read("{word} m.n%2Fé")),
    case("registered model: a name of 256 signs", create("{word}" + "n" * 244)),
    case("registered model: a name of 257 signs", create("{word}" + "n" * 245)),
    case("registered model: no name", post(f"{MODELS}create", {})),
    case("registered model: a number as name", create(7)),
    case("registered model: an object as name", create({"a": 1})),
    case("registered model: a taken name", create("{reg}")),
    case(
        "registered model: a tag given twice",
        create(tags=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]),
    ),
    case("registered model: a tag without a key", create(tags=[{"value": "1"}])),
    case("registered model: a tag without a value", create(tags=[{"key": "a"}]), read("m {word}")),
    case("registered model: a tag key of 250 signs", create(tags=[{"key": "k" * 250, "value": "1"}])),
    case("registered model: a tag key of 251 signs", create(tags=[{"key": "k" * 251, "value": "1"}])),
    case("registered model: a tag key with a bad sign", create(tags=[{"key": "a,b", "value": "1"}])),
    case(
        "registered model: a tag value beyond the limit",
        create(tags=[{"key": "a", "value": "v" * 100_001}]),
    ),
    case("registered-models/get: an unknown name", read("nobody {word}")),
    case("registered-models/get: no name", get(f"{MODELS}get")),
    case(
        "registered model: described anew",
        patch(f"{MODELS}update", {"name": "{reg}", "description": "new"}),
        patch(f"{MODELS}update", {"name": "{reg}", "description": ""}),
        patch(f"{MODELS}update", {"name": "{reg}", "description": "again"}),
        patch(f"{MODELS}update", {"name": "{reg}"}),
        read(),
    ),
    case(
        "registered-models/update: an unknown name",
        patch(f"{MODELS}update", {"name": "nobody {word}", "description": "x"}),
    ),
    case("registered-models/update: no name", patch(f"{MODELS}update", {"description": "x"})),
    case(
        "registered model: renamed",
        version(),
        quietly(set_alias(alias="a", version="1")),
        quietly(set_tag(key="t", value="1")),
        post(f"{MODELS}rename", {"name": "{reg}", "new_name": "new {word}"}),
        read("new {word}"),
        read(),
        get("model-versions/get", {"name": "new {word}", "version": "1"}),
    ),
    case(
        "registered-models/rename: to its own name",
        post(f"{MODELS}rename", {"name": "{reg}", "new_name": "{reg}"}),
    ),
    case(
        "registered-models/rename: to a taken name",
        post(f"{MODELS}rename", {"name": "{reg}", "new_name": "{reg2}"}),
        read(),
    ),
    *(
        case(
            f"registered-models/rename: to {name!r}",
            post(f"{MODELS}rename", {"name": "{reg}", "new_name": name}),
        )
        for name in ("", " ", "a/b", "..")
    ),
    case("registered-models/rename: no new name", post(f"{MODELS}rename", {"name": "{reg}"})),
    case(
        "registered-models/rename: an unknown name",
        post(f"{MODELS}rename", {"name": "nobody {word}", "new_name": "new {word}"}),
    ),
    case(
        "registered model: deleted and made anew",
        version(),
        version(),
        quietly(set_alias(alias="a", version="2")),
        drop("delete", name="{reg}"),
        read(),
        drop("delete", name="{reg}"),
        create("{reg}"),
        post("model-versions/create", {"name": "{reg}", "source": "s3://b/m"}),
        read(),
    ),
    case("registered-models/delete: no name", drop("delete")),
    case(
        "registered model tags: set, changed, deleted",
        set_tag(key="a", value="1"),
        set_tag(key="a", value="2"),
        set_tag(key="b", value="x"),
        set_tag(key="c/d", value=""),
        set_tag(key="e"),
        drop("delete-tag", name="{reg}", key="b"),
        drop("delete-tag", name="{reg}", key="b"),
        read(),
    ),
    case("registered model tags: no key", set_tag(value="1")),
    case("registered model tags: an empty key", set_tag(key="", value="1")),
    case("registered model tags: a key with a bad sign", set_tag(key="a,b", value="1")),
    case("registered model tags: a key of 251 signs", set_tag(key="k" * 251, value="1")),
    case("registered model tags: a value beyond the limit", set_tag(key="a", value="v" * 100_001)),
    case(
        "registered model tags: an unknown model",
        set_tag(name="nobody {word}", key="a", value="1"),
        drop("delete-tag", name="nobody {word}", key="a"),
    ),
    case("registered model tags: deleted without a key", drop("delete-tag", name="{reg}")),
    case(
        "alias: set, moved, deleted",
        version(),
        version(),
        set_alias(alias="champion", version="1"),
        get_alias("champion"),
        set_alias(alias="champion", version="2"),
        set_alias(alias="Ä-_1", version="2"),
        get_alias("champion"),
        get("model-versions/get", {"name": "{reg}", "version": "2"}),
        read(),
        drop("alias", name="{reg}", alias="champion"),
        drop("alias", name="{reg}", alias="champion"),
        get_alias("champion"),
        read(),
    ),
    case(
        "alias: a stage's name",
        version(),
        set_alias(alias="Production", version="1"),
        get_alias("Production"),
    ),
    *(
        case(f"alias: set as {alias!r}", version(), set_alias(alias=alias, version="1"))
        for alias in (
            *("latest", "LaTest", "v1", "V12", "v", "v1x", "1", "a b", "a/b", "a.b", ""),
            *("a" * 255, "a" * 256),
        )
    ),
    *(
        case(f"alias: looked for as {alias!r}", get_alias(alias))
        for alias in ("v1", "a b", "", "nobody", "latest")
    ),
    case("alias: the latest", version(), version(), get_alias("latest"), get_alias("LATEST")),
    case("alias: no alias", set_alias(version="1"), get(f"{MODELS}alias", {"name": "{reg}"})),
    case("alias: no version", set_alias(alias="a")),
    case("alias: an unknown version", set_alias(alias="a", version="7")),
    case("alias: a version that is a word", set_alias(alias="a", version="x")),
    case(
        "alias: of an unknown model",
        set_alias(name="nobody {word}", alias="a", version="1"),
        get_alias("a", "nobody {word}"),
        drop("alias", name="nobody {word}", alias="a"),
    ),
    case(
        "get-latest-versions: by stage",
        *(version() for _ in range(4)),
        *(
            quietly(
                post(
                    "model-versions/transition-stage",
                    {"name": "{reg}", "version": number, "stage": stage},
                )
            )
            for number, stage in (("2", "Production"), ("3", "Production"), ("4", "Archived"))
        ),
        quietly(set_alias(alias="a", version="3")),
        read(),
        get(f"{MODELS}get-latest-versions", {"name": "{reg}"}),
        get(f"{MODELS}get-latest-versions", {"name": "{reg}", "stages": ["Production", "None"]}),
        get(f"{MODELS}get-latest-versions", {"name": "{reg}", "stages": "production"}),
        post(f"{MODELS}get-latest-versions", {"name": "{reg}", "stages": ["Archived", "Staging"]}),
        post(f"{MODELS}get-latest-versions", {"name": "{reg}", "stages": []}),
    ),
    case(
        "get-latest-versions: an unknown stage",
        version(),
        get(f"{MODELS}get-latest-versions", {"name": "{reg}", "stages": ["Shelf"]}),
    ),
    case("get-latest-versions: no versions", get(f"{MODELS}get-latest-versions", {"name": "{reg}"})),
    case("get-latest-versions: an unknown model", get(f"{MODELS}get-latest-versions", {"name": "nobody"})),
    case("registered-models/search: by name", *FIVE, search()),
    case(
        "registered-models/search: pages",
        *FIVE,
        search(max_results=3),
        quietly(
            get(
                f"{MODELS}search",
                {"filter": "name LIKE '{word}%'", "max_results": 3},
                save={"more": "next_page_token"},
            )
        ),
        search(max_results=3, page_token="{more}"),
    ),
    *(
        case(
            f"registered-models/search: where {filter}",
            *FIVE,
            search(f"name LIKE '{{word}}%' AND {filter}"),
        )
        for filter in (
            "tags.t = '1'",
            "tags.t != '1'",
            "tag.t = '1'",
            "tags.t LIKE '%'",
            "tags.T ILIKE '1'",
            "tags.nobody = '1'",
            "tags.nobody != '1'",
            "name ILIKE '%B'",
            "name LIKE '%b'",
            "name != '{word} a'",
            "tags.`mlflow.prompt.is_prompt` = 'true'",
            "tags.`mlflow.prompt.is_prompt` != 'true'",
            "tag.`mlflow.prompt.is_prompt` = 'true' AND name LIKE '%prompt'",
        )
    ),
    *(
        case(f"registered-models/search: refused, {filter}", search(filter))
        for filter in (
            "colour = 'red'",
            "name > 'a'",
            "name = a",
            "name",
            "name = 'a' OR name = 'b'",
            "description = 'a'",
            "run_id = 'a'",
            "tags.a > '1'",
            "name IN ('a')",
        )
    ),
    *(
        case(f"registered-models/search: ordered by {' and '.join(order)}", *FIVE, search(order_by=order))
        for order in (
            ["name DESC"],
            ["name ASC"],
            ["name desc"],
            ["timestamp ASC"],
            ["last_updated_timestamp"],
        )
    ),
    *(
        case(f"registered-models/search: an order by {' and '.join(order)}", search(order_by=order))
        for order in (["colour"], ["name sideways"], ["name", "name DESC"], ["version_number"], [""])
    ),
    *(
        case(f"registered-models/search: {limit} results", search(max_results=limit))
        for limit in (0, -1, 1000, 1001, "x", 1.5)
    ),
    case("registered-models/search: a token of nobody", search(page_token="x")),
    case(
        "registered model: a prompt's name is taken",
        quietly(create("p {word}", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}])),
        create("p {word}"),
        create("p {word}", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}]),
        create("{reg}", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}]),
    ),
]
