"""The routes of a real MLflow 3.17.2 server (compat/routes.tsv) and what became of them here."""

import csv
import functools
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parents[1]
PAGE = FOLDER.parent / "docs" / "compatibility.md"


@functools.cache
def routes() -> list[tuple[str, str]]:
    """(method, path); `{name}` stands for one part of a path, `{name*}` for its rest."""
    with (FOLDER / "routes.tsv").open() as table:
        return [(row["method"], row["path"]) for row in csv.DictReader(table, delimiter="\t")]


@functools.cache
def patterns() -> list[tuple[str, re.Pattern, tuple[str, str]]]:
    """Fixed paths before those with parameters, as a server matches them."""
    return sorted(
        ((method, pattern_of(path), (method, path)) for method, path in routes()),
        key=lambda row: (row[2][1].count("*}"), row[2][1].count("{")),
    )


def pattern_of(path: str) -> re.Pattern:
    text = re.escape(path).replace(r"\{", "{").replace(r"\}", "}").replace(r"\*", "*")
    return re.compile(re.sub(r"\{\w+\*\}", r".+", re.sub(r"\{\w+\}", r"[^/]+", text)))


def route_of(method: str, path: str) -> tuple[str, str] | None:
    path = re.sub(r"^/workspaces/[^/]+", "", path) or "/"
    return next(
        (route for wanted, pattern, route in patterns() if wanted == method and pattern.fullmatch(path)), None
    )


def example_of(path: str) -> str:
    return re.sub(r"\{\w+\*?\}", "x", path)


def page(working: set[tuple[str, str]], answering_501: set[tuple[str, str]]) -> str:
    """docs/compatibility.md: `/api` and `/ajax-api` twins share a row where their states agree."""

    def state(route: tuple[str, str]) -> str:
        return "works" if route in working else "answers 501" if route in answering_501 else "not tested"

    areas: dict[str, list[str]] = {}
    counts = {"works": 0, "answers 501": 0, "not tested": 0}
    for method, path in routes():
        counts[state((method, path))] += 1
        twin = (method, path.replace("/api/", "/ajax-api/", 1)) if path.startswith("/api/") else None
        older = (method, path.replace("/ajax-api/", "/api/", 1)) if path.startswith("/ajax-api/") else None
        if older in routes() and state(older) == state((method, path)):
            continue
        also = " and `/ajax-api`" if twin in routes() and state(twin) == state((method, path)) else ""
        areas.setdefault(area_of(path), []).append(f"| {method} | `{path}`{also} | {state((method, path))} |")
    untested = f", {counts['not tested']} are not tested" if counts["not tested"] else ""
    lines = [
        "# Compatibility with MLflow",
        "",
        "Every route of an `mlflow server` 3.17.2, and what this version does with it. Written by",
        "`compat/run.sh --write-page`; the tests compare it with what they saw.",
        "",
        "**Works** means that the compatibility tests called the route on SQLite and on PostgreSQL and it",
        "answered as MLflow does, or otherwise for a reason that stands in",
        "[compat/deviations](../compat/deviations/README.md). **Answers 501** means that the route is known and",
        "a later version will serve it; no MLflow client repeats such a call. How to connect a client:",
        "[connect.md](connect.md).",
        "",
        f"{counts['works']} routes work, {counts['answers 501']} answer 501{untested}.",
    ]
    for area, rows in areas.items():
        lines += ["", f"## {area}", "", "| | route | |", "|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def area_of(path: str) -> str:
    words = re.sub(r"^/(api|ajax-api)/\d\.0/?", "", path).removeprefix("mlflow/").strip("/").split("/")
    return AREAS.get(
        words[0], "Web pages and the rest" if not path.startswith(("/api", "/ajax-api")) else words[0]
    )


AREAS = {
    "experiments": "Experiments",
    "runs": "Runs",
    "metrics": "Metrics",
    "logged-models": "Logged models",
    "artifacts": "Artifacts",
    "mlflow-artifacts": "Artifacts",
    "upload-artifact": "Artifacts",
    "get-artifact": "Artifacts",
    "registered-models": "Model registry",
    "model-versions": "Model registry",
    "server-info": "Server",
    "health": "Server",
    "version": "Server",
    "": "Server",
    "mlflow": "Experiments",
    "datasets": "Evaluation datasets",
    "traces": "Traces",
    "unified-traces": "Traces",
    "get-online-trace-details": "Traces",
    "get-trace-artifact": "Traces",
    "v1": "Traces",
    "webhooks": "Webhooks",
    "workspaces": "Workspaces",
    "gateway": "AI gateway",
    "gateway-proxy": "AI gateway",
    "scorers": "Scorers and judges",
    "scorer": "Scorers and judges",
    "genai": "Scorers and judges",
    "issues": "Issues",
    "label-schemas": "Labels and reviews",
    "review-queues": "Labels and reviews",
    "mcp-servers": "MCP registry",
    "prompt-optimization": "Jobs",
    "jobs": "Jobs",
    "assistant": "Assistant and demo",
    "demo": "Assistant and demo",
    "ui-telemetry": "Assistant and demo",
}
