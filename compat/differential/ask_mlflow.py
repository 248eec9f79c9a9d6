"""`python -m differential.ask_mlflow FOLDER ANSWERS`: asks the real `mlflow server` all cases."""

import json
import pathlib
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from harness.servers import real_mlflow

from .answers import answers_of
from .cases import CASES

folder, answers = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server goes as well


def answers_or_failure(case, url):
    """One case that cannot be asked must not take the answers to all others away."""
    try:
        return answers_of(case, url)
    except Exception as error:
        return [{"could not be asked": repr(error)}]


with real_mlflow(folder) as server, ThreadPoolExecutor(2) as pool:
    told = pool.map(lambda case: answers_or_failure(case, server.url), CASES.values())
    answers.write_text(json.dumps(dict(zip(CASES, told, strict=True))))
