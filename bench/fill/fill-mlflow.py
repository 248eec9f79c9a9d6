"""Fills the SQLite database of an `mlflow server`, past the server.

    python fill-mlflow.py DATABASE runs COUNT METRICS PARAMS
    python fill-mlflow.py DATABASE points SERIES POINTS_PER_SERIES
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
    fill = {"runs": fill_runs, "points": fill_points}[what]
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
