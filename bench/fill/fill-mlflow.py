"""Fills the SQLite database of an `mlflow server`, past the server.

    python fill-mlflow.py DATABASE runs COUNT METRICS PARAMS
    python fill-mlflow.py DATABASE points SERIES POINTS_PER_SERIES
    python fill-mlflow.py DATABASE registry MODELS VERSIONS_PER_MODEL
"""

import random
import sqlite3
import sys

STARTED_AT = 1_750_000_000_000
INSERT_RUN = """
    INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time,
                      source_version, lifecycle_stage, artifact_uri, experiment_id)
    VALUES (?, ?, 'UNKNOWN', '', '', 'bench', 'FINISHED', ?, ?, '', 'active', ?, ?)"""


def main(database: str, what: str, *sizes: str) -> None:
    connection = sqlite3.connect(database)
    fill = {"runs": fill_runs, "points": fill_points, "registry": fill_registry}[what]
    with connection:
        fill(connection, *map(int, sizes))
    connection.close()


def fill_runs(connection: sqlite3.Connection, count: int, metrics: int, params: int) -> None:
    rng = random.Random(1)
    ids = add_runs(connection, count, rng)
    connection.executemany(
        "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, 100, 0, ?)",
        ((f"m{m}", rng.random(), STARTED_AT, run) for run in ids for m in range(metrics)),
    )
    connection.executemany(
        "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)",
        ((f"p{p}", f"v{rng.randrange(10 * (p + 1))}", run) for run in ids for p in range(params)),
    )
    tags = lambda at: (("mlflow.runName", f"run-{at}"), ("mlflow.user", "bench"))
    connection.executemany(
        "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)",
        ((key, value, run) for at, run in enumerate(ids) for key, value in tags(at)),
    )


def fill_points(connection: sqlite3.Connection, series: int, points: int) -> None:
    """Series `loss` of as many runs; prints the ids of the runs."""
    ids = add_runs(connection, series, random.Random(1))
    rng = random.Random(2)
    connection.executemany(
        "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ('loss', ?, ?, ?, ?, 0)",
        ((rng.random(), STARTED_AT + step * 100, run, step) for run in ids for step in range(points)),
    )
    print("\n".join(ids))


def fill_registry(connection: sqlite3.Connection, models: int, versions: int) -> None:
    """What fill-registry.ts makes, value by value."""
    names = [f"model-{at:06d}" for at in range(models)]
    connection.executemany(
        "INSERT INTO registered_models (name, creation_time, last_updated_time, description) VALUES (?, ?, ?, ?)",
        ((name, STARTED_AT, STARTED_AT + at, f"What {name} does") for at, name in enumerate(names)),
    )
    tags = lambda at: (("team", f"team-{(at + 1) % 20}"), ("task", f"task-{(at + 1) % 7}"))
    connection.executemany(
        "INSERT INTO registered_model_tags (key, value, name) VALUES (?, ?, ?)",
        ((key, value, name) for at, name in enumerate(names) for key, value in tags(at)),
    )
    connection.executemany(
        "INSERT INTO registered_model_aliases (alias, version, name) VALUES (?, ?, ?)",
        ((alias, version, name) for name in names for alias, version in (("champion", 1), ("challenger", versions))),
    )
    places = [(model, at, model * versions + at) for model in range(models) for at in range(versions)]
    connection.executemany(INSERT_VERSION, (version_row(names[model], model, at, place) for model, at, place in places))
    tickets = -(-len(places) // 50)
    connection.executemany(
        "INSERT INTO model_version_tags (key, value, name, version) VALUES (?, ?, ?, ?)",
        (
            (key, value, names[model], at + 1)
            for model, at, place in places
            for key, value in version_tags(place, tickets)
        ),
    )


INSERT_VERSION = """
    INSERT INTO model_versions (name, version, creation_time, last_updated_time, description, user_id, current_stage,
                                source, storage_location, run_id, run_link, status)
    VALUES (?, ?, ?, ?, NULL, 'bench', ?, ?, ?, ?, '', 'READY')"""


def run_id_of(place: int) -> str:
    return f"{place:x}".rjust(32, "a")


def version_row(name: str, model: int, at: int, place: int) -> tuple:
    stages = ("Archived", "Production", "Staging")
    source = f"mlflow-artifacts:/1/{run_id_of(place)}/artifacts/model"
    time = STARTED_AT + at * 1_000_000 + model
    return name, at + 1, time, time, stages[at] if at < 3 else "None", source, source, run_id_of(place)


def version_tags(place: int, tickets: int) -> tuple:
    return (
        ("orrery.flavors", "python_function,sklearn" if place % 3 == 0 else "python_function,xgboost"),
        ("orrery.signature", "true"),
        ("orrery.source.experiment", f"experiment {place % 10}"),
        ("orrery.source.run_id", run_id_of(place)),
        ("team", f"team-{place % 20}"),
        ("ticket", f"T-{place % tickets}"),
    )


def add_runs(connection: sqlite3.Connection, count: int, rng: random.Random) -> list[str]:
    cursor = connection.execute(
        "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time)"
        " VALUES ('filled', 'mlflow-artifacts:/filled', 'active', ?, ?)",
        (STARTED_AT, STARTED_AT),
    )
    experiment = cursor.lastrowid
    ids = [f"{rng.getrandbits(128):032x}" for _ in range(count)]
    rows = (
        (run, f"run-{at}", STARTED_AT + at * 1000, STARTED_AT + at * 1000 + 900, f"mlflow-artifacts:/{run}", experiment)
        for at, run in enumerate(ids)
    )
    connection.executemany(INSERT_RUN, rows)
    return ids


if __name__ == "__main__":
    main(*sys.argv[1:])
