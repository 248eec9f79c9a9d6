"""Paging, views and refusals of the searches; agreement on filters at large is checked in compat/filters."""

from ..calls import AT, case, get, post, quietly


def run(name: str, start: int, metric: float | None = None, param: str | None = None):
    calls = [
        quietly(
            post(
                "runs/create",
                {"experiment_id": "{exp}", "run_name": name, "start_time": AT + start},
                save={name: "run.info.run_id"},
            )
        )
    ]
    if metric is not None:
        calls.append(
            quietly(
                post(
                    "runs/log-metric", {"run_id": f"{{{name}}}", "key": "m", "value": metric, "timestamp": AT}
                )
            )
        )
    if param is not None:
        calls.append(
            quietly(post("runs/log-parameter", {"run_id": f"{{{name}}}", "key": "p", "value": param}))
        )
    return calls


FIVE = [
    *run("r1", 1, 0.1, "a"),
    *run("r2", 2, 0.2, "b"),
    *run("r3", 3),
    *run("r4", 4, "NaN", "a"),
    *run("r5", 5, 0.5, "B"),
]


def search(**body):
    return post("runs/search", {"experiment_ids": ["{exp}"], **body})


CASES = [
    case("runs/search: newest first", *FIVE, search()),
    *(
        case(f"runs/search: ordered by {' and '.join(order)}", *FIVE, search(order_by=order))
        for order in (
            ["metrics.m"],
            ["metrics.m DESC"],
            ["params.p ASC"],
            ["params.p DESC", "start_time"],
            ["attributes.run_name desc"],
            ["attribute.start_time ASC"],
            ["`metrics`.`m` ASC"],
            ["tags.mlflow.runName"],
        )
    ),
    *(
        case(f"runs/search: where {filter}", *FIVE, search(filter=filter))
        for filter in (
            "metrics.m > 0.15",
            "metrics.m = 0.2",
            "metrics.m != 0.2",
            "params.p = 'a'",
            "params.p != 'a'",
            "params.p LIKE 'b'",
            "params.p ILIKE 'b'",
            "attributes.run_name = 'r1'",
            "run_name LIKE 'r%' and metrics.m < 0.3",
            "status = 'RUNNING'",
            "tags.`mlflow.runName` = 'r3'",
            "params.p IS NULL",
            "params.p IS NOT NULL",
            "start_time > 1700000000003",
            "",
            "  ",
        )
    ),
    case(
        "runs/search: pages",
        *FIVE,
        post(
            "runs/search", {"experiment_ids": ["{exp}"], "max_results": 2}, save={"token": "next_page_token"}
        ),
        post(
            "runs/search",
            {"experiment_ids": ["{exp}"], "max_results": 2, "page_token": "{token}"},
            save={"token2": "next_page_token"},
        ),
        post("runs/search", {"experiment_ids": ["{exp}"], "max_results": 2, "page_token": "{token2}"}),
    ),
    case("runs/search: a page that fits exactly", *FIVE, search(max_results=5)),
    *(
        case(
            f"runs/search: the view {view}",
            *run("kept", 1),
            *run("gone", 2),
            quietly(post("runs/delete", {"run_id": "{gone}"})),
            search(run_view_type=view),
        )
        for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3)
    ),
    case(
        "runs/search: below /ajax-api",
        *run("r1", 1),
        post("/ajax-api/2.0/mlflow/runs/search", {"experiment_ids": ["{exp}"]}),
    ),
    case("runs/search: no experiment", post("runs/search", {"filter": "params.nobody = '{word}'"})),
    case("runs/search: an empty list of experiments", post("runs/search", {"experiment_ids": []})),
    case("runs/search: an unknown experiment", post("runs/search", {"experiment_ids": ["123456789"]})),
    case("runs/search: experiments as numbers", post("runs/search", {"experiment_ids": [123456789]})),
    case("runs/search: letters as experiment", post("runs/search", {"experiment_ids": ["abc"]})),
    case("runs/search: a deleted experiment", post("runs/search", {"experiment_ids": ["{deleted_exp}"]})),
    case("runs/search: numbers as text", *run("r1", 1), search(max_results="1")),
    *(
        case(f"runs/search: {what}", search(**body))
        for what, body in [
            ("zero results", {"max_results": 0}),
            ("negative results", {"max_results": -1}),
            ("50,000 results", {"max_results": 50_000}),
            ("50,001 results", {"max_results": 50_001}),
            ("results beyond int32", {"max_results": 2**31}),
            ("a word as limit", {"max_results": "ten"}),
            ("a fraction as limit", {"max_results": 1.5}),
            ("a token of nobody", {"page_token": "abc"}),
            ("an empty token", {"page_token": ""}),
            ("an unknown view", {"run_view_type": "SOME"}),
            ("an unknown view number", {"run_view_type": 9}),
            ("an order by nothing", {"order_by": ["nonsense.x"]}),
            ("an order that goes on", {"order_by": ["metrics.x; DELETE"]}),
            ("an order in no direction", {"order_by": ["metrics.x SIDEWAYS"]}),
            ("an empty order", {"order_by": [""]}),
            ("a text as order", {"order_by": "metrics.x"}),
            ("SQL as filter", {"filter": "'; DROP TABLE runs;--"}),
            ("OR in a filter", {"filter": "params.a = 'x' OR '1'='1'"}),
            ("a text for a metric", {"filter": "metrics.a > 'text'"}),
            ("a number for a param", {"filter": "params.a > 5"}),
            ("an unknown attribute", {"filter": "attributes.nope = 1"}),
            ("an unknown status", {"filter": "attributes.status = 'DANCING'"}),
            ("an unclosed quote", {"filter": "params.a = 'x"}),
            ("half a filter", {"filter": "params.a ="}),
            ("a number as filter", {"filter": 5}),
        ]
    ),
    case(
        "experiments/search: by tag, by name, by page",
        *(
            quietly(
                post(
                    "experiments/create",
                    {"name": f"{letter} {{word}}", "tags": [{"key": "g", "value": "{word}"}]},
                    save={f"e{letter}": "experiment_id"},
                )
            )
            for letter in "abc"
        ),
        post(
            "experiments/search", {"max_results": 10, "filter": "tags.g = '{word}'", "order_by": ["name ASC"]}
        ),
        post(
            "experiments/search",
            {"max_results": 10, "filter": "name LIKE '% {word}'", "order_by": ["name DESC"]},
        ),
        get("experiments/search", {"max_results": 10, "filter": "name ILIKE 'A {word}'"}),
        post(
            "experiments/search",
            {"max_results": 2, "filter": "tags.g = '{word}'", "order_by": ["name"]},
            save={"token": "next_page_token"},
        ),
        post(
            "experiments/search",
            {"max_results": 2, "filter": "tags.g = '{word}'", "order_by": ["name"], "page_token": "{token}"},
        ),
        post(
            "experiments/search", {"max_results": 10, "filter": "tags.g != '{word}' and name LIKE '%{word}'"}
        ),
        quietly(post("experiments/delete", {"experiment_id": "{eb}"})),
        post(
            "experiments/search",
            {"max_results": 10, "filter": "tags.g = '{word}'", "view_type": "DELETED_ONLY"},
        ),
        post(
            "experiments/search",
            {
                "max_results": 10,
                "filter": "tags.g = '{word}'",
                "view_type": "ALL",
                "order_by": ["experiment_id"],
            },
        ),
        get(
            "/ajax-api/2.0/mlflow/experiments/search",
            {
                "max_results": 10,
                "filter": "tags.g = '{word}'",
                "order_by": ["name"],
                "view_type": "ACTIVE_ONLY",
            },
        ),
        post(
            "/ajax-api/2.0/mlflow/experiments/search",
            {"max_results": 10, "filter": "tags.g = '{word}'", "order_by": ["creation_time ASC", "name"]},
        ),
    ),
    *(
        case(f"experiments/search: {what}", post("experiments/search", body))
        for what, body in [
            ("zero results", {"max_results": 0}),
            ("negative results", {"max_results": -1}),
            ("50,001 results", {"max_results": 50_001}),
            ("a word as limit", {"max_results": "ten"}),
            ("a token of nobody", {"max_results": 5, "page_token": "abc"}),
            ("an unknown field", {"max_results": 5, "filter": "nonsense = 'x'"}),
            ("a metric", {"max_results": 5, "filter": "metrics.a > 1"}),
            ("an order by nothing", {"max_results": 5, "order_by": ["nonsense"]}),
            ("an unknown view", {"max_results": 5, "view_type": "SOME"}),
            ("nothing found", {"max_results": 5, "filter": "name = 'nobody of that name'"}),
        ]
    ),
    case(
        "experiments/search: no limit given",
        get("experiments/search", {"filter": "name = 'nobody of that name'"}),
    ),
    case(
        "experiments/search: the limit as text",
        get("experiments/search", {"max_results": "1", "filter": "name = 'nobody of that name'"}),
    ),
]
