"""How a request is written: types of content, JSON that is none, encodings, unknown fields, methods."""

from ..calls import AT, case, delete, get, post, put, send

CREATE = "experiments/create"
SEARCH = "runs/search"

CASES = [
    *(
        case(f"body: {what}", send(CREATE, body))
        for what, body in [
            ("half an object", b'{"name": "a'),
            ("nothing", b""),
            ("a list", b"[]"),
            ("a text", b'"x"'),
            ("null", b"null"),
            ("a number", b"42"),
            ("true", b"true"),
            ("two objects", b'{"name": "a"}{"name": "b"}'),
            ("a comma too many", b'{"name": "a",}'),
            ("single quotes", b"{'name': 'a'}"),
            ("bytes that are no UTF-8", b'{"name": "\xff\xfe"}'),
            ("a byte order mark", b'\xef\xbb\xbf{"name": "bom {word}"}'),
        ]
    ),
    *(
        case(f"body of a search: {what}", send(SEARCH, body))
        for what, body in [
            ("half an object", b'{"experiment_ids": ['),
            ("a list", b"[1]"),
            ("a number", b"42"),
        ]
    ),
    case(
        "body: an object within a text",
        send(CREATE, b'"{\\"name\\": \\"inner {word}\\"}"', save={"made": "experiment_id"}),
    ),
    case(
        "body: spaces around",
        send(CREATE, b'  \n{"name" : "spaced {word}"}\n ', save={"made": "experiment_id"}),
    ),
    case(
        "body: a key twice",
        send(CREATE, b'{"name": "first {word}", "name": "last {word}"}', save={"made": "experiment_id"}),
        get("experiments/get", {"experiment_id": "{made}"}),
    ),
    case(
        "body: unknown fields",
        post(
            CREATE,
            {"name": "u {word}", "nonsense": {"a": [1]}, "__proto__": {"x": 1}, "constructor": 5},
            save={"made": "experiment_id"},
        ),
    ),
    case(
        "body: field names in camelCase",
        post("runs/log-metric", {"runId": "{run}", "key": "m", "value": 1.0, "timestamp": AT}),
    ),
    case(
        "body: null fields",
        post(
            "runs/search", {"experiment_ids": ["{exp}"], "filter": None, "order_by": None, "page_token": None}
        ),
    ),
    case(
        "body: escaped signs",
        send(CREATE, b'{"name": "\\u00e9\\ud83d\\ude00 {word}"}', save={"made": "experiment_id"}),
        get("experiments/get", {"experiment_id": "{made}"}),
    ),
    case(
        "body: half a surrogate pair",
        send("runs/set-tag", b'{"run_id": "{run}", "key": "a", "value": "\\ud800"}'),
    ),
    case("body: a NUL in a name", send(CREATE, b'{"name": "a\\u0000b {word}"}')),
    case(
        "body: a NUL in a param",
        send("runs/log-parameter", b'{"run_id": "{run}", "key": "a", "value": "a\\u0000b"}'),
    ),
    case(
        "body: a NUL in a tag", send("runs/set-tag", b'{"run_id": "{run}", "key": "a", "value": "a\\u0000b"}')
    ),
    case("body: lists within lists", send(SEARCH, b'{"experiment_ids": ' + b"[" * 200 + b"]" * 200 + b"}")),
    *(
        case(
            f"content type: {what}",
            send(CREATE, b'{"name": "t {word}"}', headers={"Content-Type": content_type}),
        )
        for what, content_type in [
            ("plain text", "text/plain"),
            ("a form", "application/x-www-form-urlencoded"),
            ("XML", "application/xml"),
            ("nonsense", "nonsense"),
        ]
    ),
    *(
        case(
            f"content type: {what}",
            send(
                CREATE,
                b'{"name": "t {word}"}',
                headers={"Content-Type": content_type},
                save={"made": "experiment_id"},
            ),
        )
        for what, content_type in [
            ("JSON with a charset", "application/json; charset=utf-8"),
            ("JSON in capitals", "APPLICATION/JSON"),
        ]
    ),
    case("content type: none", send(CREATE, b'{"name": "t {word}"}', headers={"Content-Type": ""})),
    case(
        "query: beside a body",
        post("experiments/create?name=query", {"name": "body {word}"}, save={"made": "experiment_id"}),
        get("experiments/get", {"experiment_id": "{made}"}),
    ),
    case("query: instead of a body", send("experiments/create?name=query{word}", b"", headers={})),
    case("query: unknown keys", get("runs/get", {"run_id": "{run}", "nonsense": "1"})),
    case("query: path parameters repeated", get("logged-models/{model}", {"model_id": "{model}"})),
    case("query: a flag in Python's words", get("logged-models/{model}", {"allow_deleted": "False"})),
    case("query: bad percent signs", get("/api/2.0/mlflow/experiments/get?experiment_id=%zz")),
    case("method: GET where POST is meant", get("runs/create")),
    case("method: POST where GET is meant", post("runs/get", {"run_id": "{run}"})),
    case("method: PUT of a run", put("/api/2.0/mlflow/runs/create", b"{}")),
    case("method: DELETE of a run", delete("runs/create")),
    case(
        "method: overridden by a header",
        post(
            "runs/log-metric",
            {"run_id": "{run}", "key": "m", "value": 1.0, "timestamp": AT},
            headers={"X-HTTP-Method-Override": "DELETE"},
        ),
    ),
    case("path: unknown", get("/api/2.0/mlflow/nonsense")),
    case("path: unknown, outside of the API", get("/nonsense")),
    case("path: the first version", get("/api/1.0/mlflow/experiments/get", {"experiment_id": "0"})),
    case("path: a slash at its end", get("/api/2.0/mlflow/experiments/get/", {"experiment_id": "0"})),
    case("path: capitals", get("/api/2.0/mlflow/Experiments/get", {"experiment_id": "0"})),
    case("path: the preview of old", get("/api/2.0/preview/mlflow/experiments/get", {"experiment_id": "0"})),
]
