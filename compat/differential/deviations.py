"""Reads compat/deviations: where this server answers otherwise than MLflow on purpose."""

import dataclasses
import functools
import json
import pathlib

FOLDER = pathlib.Path(__file__).parents[1] / "deviations"


@dataclasses.dataclass(frozen=True)
class Deviation:
    file: str
    cases: tuple[str, ...]
    ours: dict
    reason: str


@functools.cache
def deviations() -> dict[str, Deviation]:
    """By name of the case."""
    rows = {}
    for path in sorted(FOLDER.glob("*.json")):
        for row in json.loads(path.read_text()):
            unknown = set(row) - {"cases", "ours", "reason"}
            assert not unknown, f"{path.name}: unknown fields {sorted(unknown)}"
            deviation = Deviation(path.name, tuple(row["cases"]), row["ours"], row["reason"])
            assert len(deviation.reason) > 20, f"{path.name}: give the reason for {deviation.cases[0]}"
            for name in deviation.cases:
                assert name not in rows, f"{path.name}: '{name}' has a row already in {rows[name].file}"
                rows[name] = deviation
    return rows
