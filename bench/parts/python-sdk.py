"""Measures the Python package against a server: python-sdk.py URL RUN CALLS FILES FILE_BYTES LOADS prints JSON."""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import requests

from orrery import Run, Workspace

WARM_UP = 20


def main(url: str, run_id: str, calls: int, files: int, file_bytes: int, loads: int) -> None:
    ws = Workspace(url=url)
    print(
        json.dumps(
            {
                "load": loading(loads),
                "get": call_cost(ws, run_id, calls),
                "files": uploads(ws, run_id, files, file_bytes),
            }
        )
    )


def loading(loads: int) -> float:
    """Milliseconds beyond requests."""
    both = {"requests": [], "requests; from orrery import Workspace": []}
    for _ in range(loads):
        for code, times in both.items():
            measured = (
                "import time; a = time.perf_counter(); import " + code + "; print(time.perf_counter() - a)"
            )
            done = subprocess.run(
                [sys.executable, "-c", measured], capture_output=True, text=True, check=True
            )
            times.append(float(done.stdout) * 1000)
    bare, ours = both.values()
    return statistics.median(ours) - statistics.median(bare)


def call_cost(ws: Workspace, run_id: str, calls: int) -> float:
    """Milliseconds of `Run.get` beyond a bare request, in turns."""
    bare, path = requests.Session(), f"{ws.get_mlflow_tracking_uri()}/api/2.0/mlflow/runs/get"
    ways = (lambda: Run.get(ws, run_id), lambda: bare.get(path, params={"run_id": run_id}, timeout=60).json())
    times: "tuple[list, list]" = ([], [])
    for number in range(WARM_UP + calls):
        for way, kept in zip(ways, times):
            begun = time.perf_counter()
            way()
            if number >= WARM_UP:
                kept.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times[0]) - statistics.median(times[1])


def uploads(ws: Workspace, run_id: str, files: int, file_bytes: int) -> float:
    """Files a second."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(files):
            (pathlib.Path(folder) / f"{number}.bin").write_bytes(b"\7" * file_bytes)
        run = Run.get(ws, run_id)
        begun = time.perf_counter()
        run.upload_folder("small", folder)
        return files / (time.perf_counter() - begun)


main(sys.argv[1], sys.argv[2], *(int(word) for word in sys.argv[3:]))
