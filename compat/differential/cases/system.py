from ..calls import case, get

CASES = [
    case("health", get("/health")),
    case("version", get("/version")),
    case("server info", get("/api/3.0/mlflow/server-info"), get("/ajax-api/3.0/mlflow/server-info")),
]
