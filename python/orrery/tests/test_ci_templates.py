"""The templates of examples/ci against the schemas that their systems publish, as check-jsonschema carries them.

GitHub's own parser, which `apps/cli/pipelines.test.ts` asks besides, sees more of a workflow than its schema does.
"""

import re
import subprocess

import pytest
from conftest import ROOT

TEMPLATES = {
    "github-workflows": "github-actions/train.yml",
    "azure-pipelines": "azure-pipelines/azure-pipelines.yml",
    "gitlab-ci": "gitlab/gitlab-ci.yml",
}
# What these systems fill in before they look at the form.
TRANSFORMED = ("azure-pipelines", "gitlab-ci")


@pytest.fixture(scope="session")
def lint():
    import setup  # compat/env

    python = setup.ensure("build")

    def lint(schema: str, path) -> subprocess.CompletedProcess:
        command = [str(python), "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
        if schema in TRANSFORMED:
            command += ["--data-transform", schema]
        # Some patterns of Azure's schema are none for the stricter reading.
        command += ["--regex-variant", "nonunicode", str(path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    return lint


@pytest.mark.parametrize("schema", TEMPLATES)
def test_a_template_is_what_its_system_takes(lint, schema):
    done = lint(schema, ROOT / "examples/ci" / TEMPLATES[schema])
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n"), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "text", "slip", "told"),
    [
        ("github-workflows", "runs-on:", "run-on:", "run-on"),
        ("azure-pipelines", "displayName: Train", "displayNam: Train", "'displayNam'"),
        ("azure-pipelines", "include: [main]", "includes: [main]", "'includes' was unexpected"),
        ("gitlab-ci", "dotenv: train.env", "dotenv: {a: 1}", "dotenv: {'a': 1} is not valid"),
    ],
)
def test_a_slip_is_found(lint, tmp_path, schema, text, slip, told):
    template = (ROOT / "examples/ci" / TEMPLATES[schema]).read_text()
    assert text in template
    path = tmp_path / "slip.yml"
    path.write_text(template.replace(text, slip, 1))
    done = lint(schema, path)
    assert done.returncode == 1
    assert told in done.stdout, re.sub(r"\{.*\}", "{…}", done.stdout)
