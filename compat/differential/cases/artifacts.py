from ..calls import case, delete, get, post, put, quietly, send

HERE = "artifacts/{exp}/{run}/artifacts"
AT_HERE = "/api/2.0/mlflow-artifacts/" + HERE
MPU = "/api/2.0/mlflow-artifacts/mpu"
UPLOAD = "/ajax-api/2.0/mlflow/upload-artifact"
LIST = "/api/2.0/mlflow-artifacts/artifacts"
ONE = quietly(put(f"{HERE}/a.txt", b"0123456789"))
TREE = [
    quietly(put(f"{HERE}/{name}", name.encode()))
    for name in ("b.txt", "dir/c.txt", "dir/sub/d.txt", "a.bin", "empty/.keep")
]

CASES = [
    case("artifact: written and read", put(f"{HERE}/a.txt", b"hello"), get(f"{AT_HERE}/a.txt")),
    case(
        "artifact: below /ajax-api",
        put("/ajax-api/2.0/mlflow-artifacts/" + HERE + "/a.txt", b"hello"),
        get("/ajax-api/2.0/mlflow-artifacts/" + HERE + "/a.txt"),
    ),
    case(
        "artifact: an empty one",
        put(f"{HERE}/a.txt", b""),
        get(f"{AT_HERE}/a.txt"),
        get(LIST, {"path": "{exp}/{run}/artifacts"}),
    ),
    case("artifact: replaced", ONE, put(f"{HERE}/a.txt", b"new"), get(f"{AT_HERE}/a.txt")),
    case("artifact: all bytes", put(f"{HERE}/a.bin", bytes(range(256))), get(f"{AT_HERE}/a.bin")),
    case(
        "artifact: a name with signs",
        put(f"{HERE}/a%20b%C5%BC%2B.txt", b"x"),
        get(f"{AT_HERE}/a%20b%C5%BC%2B.txt"),
        get(LIST, {"path": "{exp}/{run}/artifacts"}),
    ),
    case(
        "artifact: an encoded slash",
        put(f"{HERE}/dir%2Fa.txt", b"x"),
        get(LIST, {"path": "{exp}/{run}/artifacts"}),
    ),
    case(
        "artifact: an encoded percent sign",
        put(f"{HERE}/a%2541.txt", b"x"),
        get(LIST, {"path": "{exp}/{run}/artifacts"}),
    ),
    case("artifact: missing", get(f"{AT_HERE}/nothing.txt")),
    case("artifact: a folder instead of a file", *TREE, get(f"{AT_HERE}/dir")),
    case("artifact: a file where a folder is", *TREE, put(f"{HERE}/dir", b"x")),
    case("artifact: a folder where a file is", ONE, put(f"{HERE}/a.txt/b.txt", b"x")),
    *(
        case(f"artifact: the range {range}", ONE, get(f"{AT_HERE}/a.txt", headers={"Range": range}))
        for range in (
            "bytes=0-0",
            "bytes=2-4",
            "bytes=5-",
            "bytes=-3",
            "bytes=0-99",
            "bytes=10-",
            "bytes=5-1",
            "bytes=a-b",
            "lines=1-2",
        )
    ),
    case("artifacts: listed", *TREE, get(LIST, {"path": "{exp}/{run}/artifacts"})),
    case("artifacts: a folder listed", *TREE, get(LIST, {"path": "{exp}/{run}/artifacts/dir"})),
    case("artifacts: a file listed", *TREE, get(LIST, {"path": "{exp}/{run}/artifacts/b.txt"})),
    case("artifacts: nothing listed", get(LIST, {"path": "{exp}/{run}/artifacts"})),
    case(
        "artifacts: listed by run",
        *TREE,
        get("artifacts/list", {"run_id": "{run}"}),
        get("artifacts/list", {"run_uuid": "{run}", "path": "dir"}),
        get("/ajax-api/2.0/mlflow/artifacts/list", {"run_id": "{run}", "path": "dir/sub"}),
    ),
    case(
        "artifacts: a file listed by run", *TREE, get("artifacts/list", {"run_id": "{run}", "path": "b.txt"})
    ),
    *(
        case(f"artifacts/list: {what}", get("artifacts/list", params))
        for what, params in [
            ("no run", {}),
            ("an unknown run", {"run_id": "{unknown}"}),
            ("an empty run", {"run_id": "{run}"}),
            ("a folder that is not there", {"run_id": "{run}", "path": "nothing"}),
            ("a path out of the run", {"run_id": "{run}", "path": "../x"}),
            ("an absolute path", {"run_id": "{run}", "path": "/etc"}),
            ("an encoded path out of the run", {"run_id": "{run}", "path": "%2e%2e/x"}),
            ("a deleted run", {"run_id": "{deleted_run}"}),
        ]
    ),
    case(
        "artifact: deleted", *TREE, delete(f"{AT_HERE}/b.txt"), get(LIST, {"path": "{exp}/{run}/artifacts"})
    ),
    case(
        "artifact: a folder deleted",
        *TREE,
        delete(f"{AT_HERE}/dir"),
        get(LIST, {"path": "{exp}/{run}/artifacts"}),
    ),
    case(
        "artifact: deleted below /ajax-api",
        ONE,
        delete("/ajax-api/2.0/mlflow-artifacts/" + HERE + "/a.txt"),
        get("/ajax-api/2.0/mlflow-artifacts/artifacts", {"path": "{exp}/{run}/artifacts"}),
    ),
    case("artifact: a missing one deleted", delete(f"{AT_HERE}/nothing.txt")),
    *(
        case(f"artifact path {path!r}: {call.method}", call)
        for path in (
            "../x",
            "a/../../x",
            "..",
            "%2e%2e/x",
            "%252e%252e/x",
            "a/%2e%2e/%2e%2e/x",
            "..%2fx",
            "a%5c..%5cx",
            "a%00b",
            "%2fetc%2fpasswd",
        )
        for call in (get(f"{AT_HERE}/{path}"), put(f"{HERE}/{path}", b"x"), delete(f"{AT_HERE}/{path}"))
    ),
    *(
        case(f"artifact list {path!r}", get(LIST, {"path": path}))
        for path in ("{exp}/{run}/artifacts/../..", "..", "/etc", "%2e%2e", "{exp}/{run}/artifacts/a\\..\\b")
    ),
    case(
        "get-artifact: a file",
        ONE,
        get("/get-artifact", {"run_id": "{run}", "path": "a.txt"}),
        get("/get-artifact", {"run_uuid": "{run}", "path": "a.txt"}),
    ),
    *(
        case(f"get-artifact: {what}", get("/get-artifact", params))
        for what, params in [
            ("no run", {"path": "a.txt"}),
            ("no path", {"run_id": "{run}"}),
            ("a missing file", {"run_id": "{run}", "path": "nothing.txt"}),
            ("an unknown run", {"run_id": "{unknown}", "path": "a.txt"}),
            ("a path out of the run", {"run_id": "{run}", "path": "../a.txt"}),
        ]
    ),
    case(
        "upload-artifact: a file",
        put(f"{UPLOAD}?run_uuid={{run}}&path=up/a.txt", b"x"),
        send(f"{UPLOAD}?run_uuid={{run}}&path=up/a.txt", b"hello", headers={}),
        get("artifacts/list", {"run_id": "{run}", "path": "up"}),
        get("/get-artifact", {"run_id": "{run}", "path": "up/a.txt"}),
    ),
    *(
        case(f"upload-artifact: {what}", send(f"{UPLOAD}?{query}", b"x", headers={}))
        for what, query in [
            ("no run", "path=a.txt"),
            ("no path", "run_uuid={run}"),
            ("an unknown run", "run_uuid={unknown}&path=a.txt"),
            ("a path out of the run", "run_uuid={run}&path=../a.txt"),
        ]
    ),
    case(
        "logged model files: listed and read",
        quietly(put("artifacts/{exp}/models/{model}/artifacts/MLmodel", b"flavors: {}")),
        quietly(put("artifacts/{exp}/models/{model}/artifacts/sub/w.bin", b"12")),
        get("logged-models/{model}/artifacts/directories"),
        get("logged-models/{model}/artifacts/directories", {"artifact_directory_path": "sub"}),
        get("/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/directories"),
        get("/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files", {"artifact_file_path": "MLmodel"}),
    ),
    *(
        case(f"logged model files: {what}", get(path, params))
        for what, path, params in [
            ("of an unknown model", "logged-models/m-{unknown}/artifacts/directories", {}),
            (
                "out of the model",
                "logged-models/{model}/artifacts/directories",
                {"artifact_directory_path": "../x"},
            ),
            (
                "a missing file",
                "/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files",
                {"artifact_file_path": "nothing"},
            ),
            ("no path", "/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files", {}),
            (
                "a file out of the model",
                "/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files",
                {"artifact_file_path": "../x"},
            ),
        ]
    ),
    case(
        "multipart: from the first part to the whole",
        post(
            f"{MPU}/create/{{exp}}/{{run}}/artifacts",
            {"path": "a.bin", "num_parts": 1},
            save={"upload": "upload_id", "part": "credentials.0.url"},
        ),
        quietly(put("{part}", b"0123456789", save={"etag": "etag"})),
        post(
            f"{MPU}/complete/{{exp}}/{{run}}/artifacts",
            {
                "path": "a.bin",
                "upload_id": "{upload}",
                "parts": [{"part_number": 1, "etag": "{etag}", "url": "{part}"}],
            },
        ),
        get(f"{AT_HERE}/a.bin"),
    ),
    case(
        "multipart: given up",
        post(
            f"{MPU}/create/{{exp}}/{{run}}/artifacts",
            {"path": "a.bin", "num_parts": 2},
            save={"upload": "upload_id"},
        ),
        post(f"{MPU}/abort/{{exp}}/{{run}}/artifacts", {"path": "a.bin", "upload_id": "{upload}"}),
        get(f"{AT_HERE}/a.bin"),
    ),
    case(
        "multipart: create",
        post("/api/2.0/mlflow-artifacts/mpu/create/{exp}/{run}/artifacts", {"path": "a.bin", "num_parts": 2}),
    ),
    case(
        "multipart: complete of nothing",
        post(
            "/api/2.0/mlflow-artifacts/mpu/complete/{exp}/{run}/artifacts",
            {"path": "a.bin", "upload_id": "x", "parts": []},
        ),
    ),
    case(
        "multipart: abort of nothing",
        post(
            "/api/2.0/mlflow-artifacts/mpu/abort/{exp}/{run}/artifacts", {"path": "a.bin", "upload_id": "x"}
        ),
    ),
    case(
        "multipart: no count",
        post("/ajax-api/2.0/mlflow-artifacts/mpu/create/{exp}/{run}/artifacts", {"path": "a.bin"}),
    ),
    case(
        "multipart: a path out of the run",
        post("/api/2.0/mlflow-artifacts/mpu/create/{exp}/{run}/../..", {"path": "../a.bin", "num_parts": 2}),
    ),
    case(
        "presigned: a download by artifact path",
        ONE,
        get("/api/2.0/mlflow-artifacts/presigned/{exp}/{run}/artifacts/a.txt"),
    ),
    case(
        "presigned: an upload", post("artifacts/presigned-upload-url", {"run_id": "{run}", "path": "a.bin"})
    ),
    case(
        "presigned: a download",
        ONE,
        post("artifacts/presigned-download-url", {"run_id": "{run}", "path": "a.txt"}),
    ),
    case("presigned: an upload without a path", post("artifacts/presigned-upload-url", {"run_id": "{run}"})),
    case(
        "presigned: a download of an unknown run",
        post("artifacts/presigned-download-url", {"run_id": "{unknown}", "path": "a.txt"}),
    ),
]
