"""Processes in which what MLflow imports of others is loaded already.

A script that imports mlflow spends four fifths of its start on numpy, pandas, SQLAlchemy and their like: 3.0 s of
processor time, against 0.6 s in a process that was forked from one that has them. MLflow and this package are imported
by each script itself, after its own environment is set, as in a process that was started anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Iterator, Mapping, Sequence

OWN = ("mlflow", "orrery")


class WarmPython:
    def __init__(self, process: subprocess.Popen) -> None:
        self._process = process

    def run(
        self, script: "str | pathlib.Path", words: Sequence[str], env: Mapping[str, str], cwd: str
    ) -> subprocess.CompletedProcess:
        """Runs a text or a file in a process of its own, with nothing but `env`."""
        with tempfile.TemporaryDirectory() as folder:
            asked = {
                "path": str(script) if isinstance(script, pathlib.Path) else None,
                "text": None if isinstance(script, pathlib.Path) else script,
                **{"words": list(words), "env": dict(env), "cwd": cwd, "folder": folder},
            }
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            told = self._process.stdout.readline()
            if told == "":
                raise RuntimeError(f"the warm python ended with {self._process.wait()}")
            out, err = (pathlib.Path(folder, name).read_text() for name in ("out", "err"))
            return subprocess.CompletedProcess(words, json.loads(told), out, err)


@contextlib.contextmanager
def warm_python(python: pathlib.Path) -> Iterator[WarmPython]:
    process = subprocess.Popen(
        [str(python), __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield WarmPython(process)
    finally:
        process.stdin.close()
        process.wait(30)


def serve() -> None:
    # Not the stdout of children, nor of what is imported.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for name in _what_mlflow_imports():
        with contextlib.suppress(Exception):
            __import__(name)
    for line in sys.stdin:
        answers.write(f"{_in_child(json.loads(line))}\n")
        answers.flush()


def _what_mlflow_imports() -> "list[str]":
    found = "import json, mlflow, sys; mlflow.MlflowClient('http://127.0.0.1:9'); print(json.dumps(list(sys.modules)))"
    names = json.loads(subprocess.run([sys.executable, "-c", found], capture_output=True, check=True).stdout)
    return [name for name in names if name.split(".")[0] not in (*OWN, "__main__")]


def _in_child(asked: dict) -> int:
    """The exit code; negative for a signal."""
    loaded = [name for name in sys.modules if name.split(".")[0] in OWN]
    assert loaded == [], loaded
    child = os.fork()
    if child != 0:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    code = 1
    try:
        code = _run(asked)
    finally:
        os._exit(code)


def _run(asked: dict) -> int:
    import atexit
    import runpy
    import signal
    import traceback

    # A script that hangs ends by itself, and its test fails.
    signal.alarm(200)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(pathlib.Path(asked["folder"], name), os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    path = asked["path"]
    # As python itself does it: the folder of the script, then PYTHONPATH.
    own = "" if path is None else os.path.dirname(path)
    sys.path[0:1] = [own, *filter(None, asked["env"].get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = ["-c" if path is None else path, *asked["words"]]
    code = 0
    try:
        if path is None:
            exec(compile(asked["text"], "<string>", "exec"), {"__name__": "__main__"})
        else:
            runpy.run_path(path, run_name="__main__")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    serve()
