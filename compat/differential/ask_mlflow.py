"""`python -m differential.ask_mlflow FOLDER ANSWERS`: asks the real `mlflow server` all cases."""

import json
import pathlib
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from harness.servers import guarded_mlflow, real_mlflow

from .answers import answers_of
from .cases import CASES, GUARDED_CASES
from .things import ROOT

folder, answers = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server goes as well


def answers_or_failure(case, url, root=None):
    """One case that cannot be asked must not take the answers to all others away."""
    try:
        return answers_of(case, url, root)
    except Exception as error:
        return [{"could not be asked": repr(error)}]


with (
    real_mlflow(folder) as server,
    guarded_mlflow(folder / "guarded", *ROOT) as guarded,
    ThreadPoolExecutor(2) as pool,
):
    told = pool.map(lambda case: answers_or_failure(case, server.url), CASES.values())
    of_guarded = [answers_or_failure(case, guarded.url, ROOT) for case in GUARDED_CASES.values()]
    by_name = dict(zip((*CASES, *GUARDED_CASES), (*told, *of_guarded), strict=True))
    answers.write_text(json.dumps(by_name))
