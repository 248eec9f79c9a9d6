"""The printed reference, and the pages for those who come from elsewhere."""

import re
import subprocess
import sys

from conftest import PACKAGE, ROOT

import orrery

sys.path.insert(0, str(PACKAGE / "tools"))
import print_reference  # noqa: E402


def test_the_page_is_what_the_sources_say():
    written = (ROOT / "docs/python-reference.md").read_text(encoding="utf-8")
    assert written == print_reference.page(), "print it anew: python3 python/orrery/tools/print_reference.py"


def test_every_public_name_and_every_verb_is_on_the_page():
    page = print_reference.page()
    for name in orrery.__all__:
        assert f"`{name}(" in page, name
        verbs = [verb for verb in vars(getattr(orrery, name)) if not verb.startswith("_")]
        for verb in verbs:
            assert f"`.{verb}" in page or verb in ("name", "url"), f"{name}.{verb}"


def test_python_code_of_the_pages_can_be_read():
    for page in (
        "docs/coming-from-azure-ml.md",
        "docs/coming-from-mlflow-server.md",
        "python/orrery/README.md",
    ):
        blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)
        assert blocks, page
        for block in blocks:
            compile(block, page, "exec")


def test_names_that_the_page_for_azure_users_promises_are_there():
    page = (ROOT / "docs/coming-from-azure-ml.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(Workspace|Experiment|Run|Model)\.(\w+)", page))
    assert len(told) > 20
    assert (
        sorted(f"{owner}.{verb}" for owner, verb in told if not hasattr(getattr(orrery, owner), verb)) == []
    )


def test_the_printer_runs_by_itself(tmp_path):
    done = subprocess.run([sys.executable, "-c", "import print_reference"], cwd=PACKAGE / "tools", timeout=60)
    assert done.returncode == 0
