from ..calls import AT, case, get, post, quietly, send

BIG = 2**53


def read(run: str = "{run}"):
    return get("runs/get", {"run_id": run})


def history(key: str = "m", **params):
    return get("metrics/get-history", {"run_id": "{run}", "metric_key": key, **params})


def point(value, timestamp=AT, step=0, key="m"):
    return post(
        "runs/log-metric",
        {"run_id": "{run}", "key": key, "value": value, "timestamp": timestamp, "step": step},
    )


def points(count, key="m"):
    return [{"key": key, "value": float(i), "timestamp": AT + i, "step": i} for i in range(count)]


SERIES = quietly(post("runs/log-batch", {"run_id": "{run}", "metrics": points(25)}))
SERIES2 = quietly(post("runs/log-batch", {"run_id": "{run2}", "metrics": points(7)}))
BULK = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"

CASES = [
    *(
        case(f"metric: {what}", point(value), read(), history())
        for what, value in [
            ("a whole number", 3),
            ("a fraction", 0.1),
            ("a tiny one", 5e-324),
            ("a huge one", 1.7976931348623157e308),
            ("minus zero", -0.0),
            ("a number as text", "1.5"),
            ("NaN", "NaN"),
            ("infinity", "Infinity"),
            ("minus infinity", "-Infinity"),
            ("a whole number of 17 digits", 12345678901234567),
        ]
    ),
    *(
        case(f"runs/log-metric: {what} as value", point(value), read())
        for what, value in [
            ("true", True),
            ("false", False),
            ("null", None),
            ("a word", "abc"),
            ("an empty text", ""),
            ("an object", {}),
            ("a list", [1]),
            ("a text with a space", " 1"),
            ("a text in hexadecimal", "0x10"),
            ("inf in short", "inf"),
            ("nan in small letters", "nan"),
        ]
    ),
    case(
        "runs/log-metric: NaN without quotes",
        send("runs/log-metric", b'{"run_id": "{run}", "key": "m", "value": NaN, "timestamp": 1}'),
    ),
    case(
        "runs/log-metric: Infinity without quotes",
        send("runs/log-metric", b'{"run_id": "{run}", "key": "m", "value": Infinity, "timestamp": 1}'),
    ),
    case(
        "runs/log-metric: a number too large for a double",
        send("runs/log-metric", b'{"run_id": "{run}", "key": "m", "value": 1e400, "timestamp": 1}'),
    ),
    *(
        case(f"metric: {what} as step", point(1.0, step=step), read(), history())
        for what, step in [
            ("a negative number", -5),
            ("a large number", 2**40),
            ("a text of digits", "7"),
            ("a whole fraction", 3.0),
        ]
    ),
    *(
        case(f"runs/log-metric: {what} as step", point(1.0, step=step))
        for what, step in [
            ("a number beyond 2^53", BIG + 1),
            ("a text beyond 2^53", str(BIG + 1)),
            ("the largest int64", 2**63 - 1),
            ("a number beyond int64", 2**63),
            ("a fraction", 1.5),
            ("a word", "abc"),
            ("true", True),
            ("an object", {}),
        ]
    ),
    *(
        case(f"runs/log-metric: {what} as timestamp", point(1.0, timestamp=timestamp))
        for what, timestamp in [
            ("zero", 0),
            ("a negative number", -1),
            ("a text of digits", str(AT)),
            ("a word", "now"),
            ("a fraction", 1.5),
            ("a number beyond int64", 2**63),
        ]
    ),
    case(
        "runs/log-metric: no timestamp",
        post("runs/log-metric", {"run_id": "{run}", "key": "m", "value": 1.0}),
    ),
    case(
        "runs/log-metric: no step",
        post("runs/log-metric", {"run_id": "{run}", "key": "m", "value": 1.0, "timestamp": AT}),
        history(),
    ),
    case(
        "runs/log-metric: by the old name of the id",
        post("runs/log-metric", {"run_uuid": "{run}", "key": "m", "value": 1.0, "timestamp": AT}),
        read(),
    ),
    *(
        case(f"runs/log-metric: {what}", post("runs/log-metric", body))
        for what, body in [
            ("no run", {"key": "m", "value": 1.0, "timestamp": AT}),
            ("no key", {"run_id": "{run}", "value": 1.0, "timestamp": AT}),
            ("no value", {"run_id": "{run}", "key": "m", "timestamp": AT}),
            ("an empty key", {"run_id": "{run}", "key": "", "value": 1.0, "timestamp": AT}),
            ("a number as key", {"run_id": "{run}", "key": 5, "value": 1.0, "timestamp": AT}),
            ("a key of 251 signs", {"run_id": "{run}", "key": "k" * 251, "value": 1.0, "timestamp": AT}),
            ("a key with a bad sign", {"run_id": "{run}", "key": "a?b", "value": 1.0, "timestamp": AT}),
            ("a key out of the folder", {"run_id": "{run}", "key": "../a", "value": 1.0, "timestamp": AT}),
            ("a key with an empty part", {"run_id": "{run}", "key": "a//b", "value": 1.0, "timestamp": AT}),
            ("an unknown run", {"run_id": "{unknown}", "key": "m", "value": 1.0, "timestamp": AT}),
            ("a deleted run", {"run_id": "{deleted_run}", "key": "m", "value": 1.0, "timestamp": AT}),
            (
                "a run of a deleted experiment",
                {"run_id": "{run_of_deleted_exp}", "key": "m", "value": 1.0, "timestamp": AT},
            ),
        ]
    ),
    case(
        "metric: the highest step is the latest", point(1.0, AT, 9), point(2.0, AT + 5, 3), read(), history()
    ),
    case(
        "metric: of equal steps the latest time", point(1.0, AT + 5, 1), point(2.0, AT, 1), read(), history()
    ),
    case(
        "metric: of equal steps and times the largest value",
        point(1.0),
        point(3.0),
        point(2.0),
        read(),
        history(),
    ),
    case("metric: equal points are one", point(1.0), point(1.0), history()),
    case("metric: NaN and a number at the same point", point("NaN"), point(-1.0), read(), history()),
    case("metric: a number and NaN at the same point", point(1.0), point("NaN"), read(), history()),
    case("metric: NaN twice", point("NaN"), point("NaN"), history()),
    case("metric: keys of allowed signs", point(1.0, key="a/b.c-d_e f:g"), read(), history("a/b.c-d_e f:g")),
    case(
        "get-history: pages",
        SERIES,
        history(max_results=10, page_token=""),
        history(max_results=25),
        history(max_results=24),
    ),
    case("get-history: all without a limit", SERIES, history()),
    case(
        "get-history: the second page",
        SERIES,
        get(
            "metrics/get-history",
            {"run_id": "{run}", "metric_key": "m", "max_results": 10},
            save={"token": "next_page_token"},
        ),
        get(
            "metrics/get-history",
            {"run_id": "{run}", "metric_key": "m", "max_results": 10, "page_token": "{token}"},
        ),
    ),
    case("get-history: an unknown metric", history("nothing")),
    case(
        "get-history: by the old name of the id",
        SERIES,
        get("metrics/get-history", {"run_uuid": "{run}", "metric_key": "m", "max_results": 3}),
    ),
    case(
        "get-history: of a deleted run",
        get("metrics/get-history", {"run_id": "{deleted_run}", "metric_key": "m"}),
    ),
    *(
        case(f"get-history: {what}", get("metrics/get-history", params))
        for what, params in [
            ("no run", {"metric_key": "m"}),
            ("no metric", {"run_id": "{run}"}),
            ("an unknown run", {"run_id": "{unknown}", "metric_key": "m"}),
            ("zero results", {"run_id": "{run}", "metric_key": "m", "max_results": 0}),
            ("negative results", {"run_id": "{run}", "metric_key": "m", "max_results": -1}),
            ("a word as limit", {"run_id": "{run}", "metric_key": "m", "max_results": "ten"}),
            (
                "a token of nobody",
                {"run_id": "{run}", "metric_key": "m", "max_results": 5, "page_token": "abc"},
            ),
        ]
    ),
    case(
        "get-history-bulk: two runs",
        SERIES,
        SERIES2,
        get(BULK, {"run_id": ["{run2}"], "metric_key": "m"}),
        get(BULK, {"run_id": ["{run}"], "metric_key": "m", "max_results": 3}),
    ),
    case("get-history-bulk: NaN", point("NaN"), get(BULK, {"run_id": ["{run}"], "metric_key": "m"})),
    *(
        case(f"get-history-bulk: {what}", get(BULK, params))
        for what, params in [
            ("no run", {"metric_key": "m"}),
            ("no metric", {"run_id": ["{run}"]}),
            ("an unknown run", {"run_id": ["{unknown}"], "metric_key": "m"}),
            ("an unknown metric", {"run_id": ["{run}"], "metric_key": "nothing"}),
            ("101 runs", {"run_id": ["{unknown}"] * 101, "metric_key": "m"}),
            ("a word as limit", {"run_id": ["{run}"], "metric_key": "m", "max_results": "ten"}),
            ("a negative limit", {"run_id": ["{run}"], "metric_key": "m", "max_results": "-5"}),
        ]
    ),
    case(
        "get-history-bulk-interval: one run",
        SERIES,
        get("metrics/get-history-bulk-interval", {"run_ids": ["{run}"], "metric_key": "m"}),
    ),
    *(
        case(
            f"get-history-bulk-interval: {count} of 25 points",
            SERIES,
            get(
                "metrics/get-history-bulk-interval",
                {"run_ids": ["{run}"], "metric_key": "m", "max_results": count},
            ),
        )
        for count in (1, 2, 3, 5, 10, 24, 25, 26)
    ),
    case(
        "get-history-bulk-interval: steps from 5 to 15",
        SERIES,
        get(
            "metrics/get-history-bulk-interval",
            {"run_ids": ["{run}"], "metric_key": "m", "start_step": 5, "end_step": 15, "max_results": 4},
        ),
        get(
            "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval",
            {"run_ids": ["{run}"], "metric_key": "m", "start_step": 5, "end_step": 5},
        ),
    ),
    case(
        "get-history-bulk-interval: several points at a step",
        *(quietly(point(float(i), AT + i, i // 3)) for i in range(12)),
        get("metrics/get-history-bulk-interval", {"run_ids": ["{run}"], "metric_key": "m", "max_results": 5}),
    ),
    *(
        case(f"get-history-bulk-interval: {what}", get("metrics/get-history-bulk-interval", params))
        for what, params in [
            ("no run", {"metric_key": "m"}),
            ("no metric", {"run_ids": ["{run}"]}),
            ("an unknown run", {"run_ids": ["{unknown}"], "metric_key": "m"}),
            ("an unknown metric", {"run_ids": ["{run}"], "metric_key": "nothing"}),
            ("101 runs", {"run_ids": ["{unknown}"] * 101, "metric_key": "m"}),
            ("a start without an end", {"run_ids": ["{run}"], "metric_key": "m", "start_step": 5}),
            ("an end without a start", {"run_ids": ["{run}"], "metric_key": "m", "end_step": 5}),
            (
                "a start after the end",
                {"run_ids": ["{run}"], "metric_key": "m", "start_step": 6, "end_step": 5},
            ),
            ("a word as start", {"run_ids": ["{run}"], "metric_key": "m", "start_step": "a", "end_step": 5}),
            ("zero results", {"run_ids": ["{run}"], "metric_key": "m", "max_results": 0}),
            ("2,501 results", {"run_ids": ["{run}"], "metric_key": "m", "max_results": 2501}),
            ("a word as limit", {"run_ids": ["{run}"], "metric_key": "m", "max_results": "ten"}),
        ]
    ),
    case(
        "log-batch: metrics, params and tags",
        post(
            "runs/log-batch",
            {
                "run_id": "{run}",
                "metrics": points(3),
                "params": [{"key": "p", "value": "1"}, {"key": "q", "value": ""}],
                "tags": [{"key": "t", "value": "1"}, {"key": "t", "value": "2"}],
            },
        ),
        read(),
        history(),
    ),
    case("log-batch: nothing", post("runs/log-batch", {"run_id": "{run}"}), read()),
    case(
        "log-batch: empty lists",
        post("runs/log-batch", {"run_id": "{run}", "metrics": [], "params": [], "tags": []}),
    ),
    case(
        "log-batch: a param that stands already",
        quietly(post("runs/log-parameter", {"run_id": "{run}", "key": "p", "value": "1"})),
        post("runs/log-batch", {"run_id": "{run}", "params": [{"key": "p", "value": "1"}]}),
        read(),
    ),
    case(
        "log-batch: a changed param",
        quietly(post("runs/log-parameter", {"run_id": "{run}", "key": "p", "value": "1"})),
        post("runs/log-batch", {"run_id": "{run}", "params": [{"key": "p", "value": "2"}]}),
        read(),
    ),
    case(
        "log-batch: a param twice, the same",
        post(
            "runs/log-batch",
            {"run_id": "{run}", "params": [{"key": "p", "value": "1"}, {"key": "p", "value": "1"}]},
        ),
    ),
    case(
        "log-batch: a param twice, different",
        post(
            "runs/log-batch",
            {"run_id": "{run}", "params": [{"key": "p", "value": "1"}, {"key": "p", "value": "2"}]},
        ),
        read(),
    ),
    case(
        "log-batch: the name of the run as tag",
        post("runs/log-batch", {"run_id": "{run}", "tags": [{"key": "mlflow.runName", "value": "batched"}]}),
        read(),
    ),
    case(
        "log-batch: exactly 1,000 metrics",
        post("runs/log-batch", {"run_id": "{run}", "metrics": points(1000)}),
        history(max_results=1),
    ),
    case(
        "log-batch: 1,001 metrics",
        post("runs/log-batch", {"run_id": "{run}", "metrics": points(1001)}),
        read(),
    ),
    case(
        "log-batch: 100 params",
        post(
            "runs/log-batch",
            {"run_id": "{run}", "params": [{"key": f"p{i}", "value": "1"} for i in range(100)]},
        ),
    ),
    case(
        "log-batch: 101 params",
        post(
            "runs/log-batch",
            {"run_id": "{run}", "params": [{"key": f"p{i}", "value": "1"} for i in range(101)]},
        ),
        read(),
    ),
    case(
        "log-batch: 100 tags",
        post(
            "runs/log-batch",
            {"run_id": "{run}", "tags": [{"key": f"t{i}", "value": "1"} for i in range(100)]},
        ),
    ),
    case(
        "log-batch: 101 tags",
        post(
            "runs/log-batch",
            {"run_id": "{run}", "tags": [{"key": f"t{i}", "value": "1"} for i in range(101)]},
        ),
        read(),
    ),
    case(
        "log-batch: 1,001 things in all",
        post(
            "runs/log-batch",
            {
                "run_id": "{run}",
                "metrics": points(901),
                "params": [{"key": f"p{i}", "value": "1"} for i in range(100)],
            },
        ),
        read(),
    ),
    case(
        "log-batch: a param of 6,001 signs",
        post("runs/log-batch", {"run_id": "{run}", "params": [{"key": "p", "value": "v" * 6001}]}),
        read(),
    ),
    case(
        "log-batch: a tag of 8,001 signs",
        post("runs/log-batch", {"run_id": "{run}", "tags": [{"key": "t", "value": "v" * 8001}]}),
        read(),
    ),
    *(
        case(f"log-batch: {what}", post("runs/log-batch", body), read())
        for what, body in [
            (
                "a metric without a key",
                {"run_id": "{run}", "metrics": [{"value": 1.0, "timestamp": AT, "step": 0}]},
            ),
            (
                "a metric without a value",
                {"run_id": "{run}", "metrics": [{"key": "m", "timestamp": AT, "step": 0}]},
            ),
            (
                "a metric without a timestamp",
                {"run_id": "{run}", "metrics": [{"key": "m", "value": 1.0, "step": 0}]},
            ),
            (
                "a metric without a step",
                {"run_id": "{run}", "metrics": [{"key": "m", "value": 1.0, "timestamp": AT}]},
            ),
            (
                "a metric key with a bad sign",
                {"run_id": "{run}", "metrics": [{"key": "a?b", "value": 1.0, "timestamp": AT, "step": 0}]},
            ),
            (
                "a metric value that is true",
                {"run_id": "{run}", "metrics": [{"key": "m", "value": True, "timestamp": AT, "step": 0}]},
            ),
            (
                "a metric value that is a word",
                {"run_id": "{run}", "metrics": [{"key": "m", "value": "abc", "timestamp": AT, "step": 0}]},
            ),
            (
                "a metric value that is a number as text",
                {"run_id": "{run}", "metrics": [{"key": "m", "value": "2.5", "timestamp": AT, "step": 0}]},
            ),
            (
                "a metric value NaN",
                {"run_id": "{run}", "metrics": [{"key": "m", "value": "NaN", "timestamp": AT, "step": 0}]},
            ),
            (
                "a negative timestamp",
                {"run_id": "{run}", "metrics": [{"key": "m", "value": 1.0, "timestamp": -1, "step": 0}]},
            ),
            (
                "a step beyond int64",
                {"run_id": "{run}", "metrics": [{"key": "m", "value": 1.0, "timestamp": AT, "step": 2**63}]},
            ),
            ("metrics as object", {"run_id": "{run}", "metrics": {"m": 1}}),
            ("metrics as numbers", {"run_id": "{run}", "metrics": [1, 2]}),
            ("metrics as text", {"run_id": "{run}", "metrics": "m"}),
            ("a param without a key", {"run_id": "{run}", "params": [{"value": "1"}]}),
            ("a param without a value", {"run_id": "{run}", "params": [{"key": "p"}]}),
            ("a param that is a number", {"run_id": "{run}", "params": [{"key": "p", "value": 5}]}),
            ("a param key with a bad sign", {"run_id": "{run}", "params": [{"key": "a?b", "value": "1"}]}),
            ("a param key of 251 signs", {"run_id": "{run}", "params": [{"key": "k" * 251, "value": "1"}]}),
            ("a tag without a key", {"run_id": "{run}", "tags": [{"value": "1"}]}),
            ("a tag without a value", {"run_id": "{run}", "tags": [{"key": "t"}]}),
            ("a tag key out of the folder", {"run_id": "{run}", "tags": [{"key": "../t", "value": "1"}]}),
        ]
    ),
    *(
        case(f"log-batch: {what}", post("runs/log-batch", body))
        for what, body in [
            ("no run", {"metrics": points(1)}),
            ("an unknown run", {"run_id": "{unknown}", "metrics": points(1)}),
            ("a deleted run", {"run_id": "{deleted_run}", "metrics": points(1)}),
            ("a run of a deleted experiment", {"run_id": "{run_of_deleted_exp}", "metrics": points(1)}),
            ("nothing for a deleted run", {"run_id": "{deleted_run}"}),
            ("nothing for an unknown run", {"run_id": "{unknown}"}),
        ]
    ),
]
