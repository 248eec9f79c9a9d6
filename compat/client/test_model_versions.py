"""Versions of registered models through MlflowClient."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


@pytest.fixture
def name(client) -> str:
    """Name of a registered model of the test's own, without versions."""
    return client.create_registered_model(f"model {uuid.uuid4().hex[:8]}").name


def make(client, name, **more):
    return client.create_model_version(name, "s3://somewhere/model", **more)


def test_a_version_is_created_of_a_run(client, name, experiment):
    with mlflow.start_run() as run:
        mlflow.log_text("weights", "model/weights.txt")
    source = f"{run.info.artifact_uri}/model"
    made = client.create_model_version(
        name, source, run.info.run_id, tags={"team": "a", "n": 1}, run_link="http://x/y", description="first"
    )
    assert (made.version, made.status, made.current_stage) == ("1", "READY", "None")
    read = client.get_model_version(name, 1)
    assert (read.source, read.run_id, read.run_link) == (source, run.info.run_id, "http://x/y")
    assert (read.description, read.aliases) == ("first", [])
    assert {key: value for key, value in read.tags.items() if not key.startswith("orrery.")} == {
        "team": "a",
        "n": "1",
    }
    assert read.creation_timestamp == read.last_updated_timestamp
    assert client.get_model_version_download_uri(name, 1) == source
    model = client.get_registered_model(name)
    assert [int(version.version) for version in model.latest_versions] == [1]
    assert model.last_updated_timestamp >= read.creation_timestamp


def test_a_version_knows_where_it_came_from(request, client, name, experiment):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("MLflow adds no tags")
    with mlflow.start_run() as run:
        mlflow.log_text("weights", "model/weights.txt")
    client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id)
    tags = client.get_model_version(name, 1).tags
    assert tags["orrery.source.run_id"] == run.info.run_id
    assert tags["orrery.source.experiment_id"] == experiment
    assert "orrery.source.experiment" not in tags  # its name is for those who may read it


def test_versions_count_on_after_the_last_one_was_deleted(client, name):
    assert [int(make(client, name).version) for _ in range(3)] == [1, 2, 3]
    client.delete_model_version(name, 3)
    assert make(client, name).version == "4"
    with pytest.raises(MlflowException, match="not found") as refused:
        client.get_model_version(name, 3)
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_version_takes_its_aliases_with_it(client, name):
    make(client, name)
    client.set_registered_model_alias(name, "champion", 1)
    client.delete_model_version(name, 1)
    assert client.get_registered_model(name).aliases == {}


def test_a_version_needs_its_model(client):
    with pytest.raises(MlflowException, match="not found") as refused:
        make(client, f"nobody {uuid.uuid4().hex}")
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_description_is_changed(client, name):
    make(client, name, description="first")
    assert client.update_model_version(name, 1, "second").description == "second"
    assert client.get_model_version(name, 1).description == "second"


def test_tags_are_set_changed_and_deleted(client, name):
    make(client, name, tags={"gone": "x"})
    client.set_model_version_tag(name, 1, "a", "1")
    client.set_model_version_tag(name, "1", "a", "2")
    client.delete_model_version_tag(name, 1, "gone")
    client.delete_model_version_tag(name, 1, "gone")
    mlflow.set_model_version_tag(name, 1, "fluent", 3)
    assert client.get_model_version(name, 1).tags == {"a": "2", "fluent": "3"}


def test_tags_by_stage(client, name):
    make(client, name)
    make(client, name)
    client.transition_model_version_stage(name, 2, "Production")
    client.set_model_version_tag(name, key="a", value="1", stage="Production")
    assert client.get_model_version(name, 2).tags == {"a": "1"}
    client.delete_model_version_tag(name, key="a", stage="Production")
    assert client.get_model_version(name, 2).tags == {}


def test_stages_go_by_any_case_and_archive_what_was_there(client, name):
    for _ in range(3):
        make(client, name)
    assert client.get_model_version_stages(name, 1) == ["None", "Staging", "Production", "Archived"]
    client.transition_model_version_stage(name, 1, "production")
    client.transition_model_version_stage(name, 2, "PRODUCTION")
    moved = client.transition_model_version_stage(name, 3, "Production", archive_existing_versions=True)
    assert (moved.version, moved.current_stage) == ("3", "Production")
    assert [client.get_model_version(name, version).current_stage for version in (1, 2, 3)] == [
        "Archived",
        "Archived",
        "Production",
    ]


def test_an_unknown_stage_is_refused(client, name):
    make(client, name)
    with pytest.raises(MlflowException, match="Invalid Model Version stage") as refused:
        client.transition_model_version_stage(name, 1, "Shelf")
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_the_latest_version_is_an_alias_of_its_own(client, name):
    with pytest.raises(MlflowException, match="Latest version not found"):
        client.get_model_version_by_alias(name, "latest")
    make(client, name)
    make(client, name)
    client.transition_model_version_stage(name, 2, "Archived")
    assert client.get_model_version_by_alias(name, "Latest").version == "2"


def test_versions_are_searched_ordered_and_paged(client, name, experiment):
    run_id = client.create_run(experiment).info.run_id
    for i in range(5):
        tags = {"group": "even" if i % 2 == 0 else "odd"}
        make(client, name, tags=tags, run_id=None if i < 3 else run_id)
    mine = f"name = '{name}'"

    def found(query, **more):
        return [int(version.version) for version in client.search_model_versions(f"{mine}{query}", **more)]

    assert sorted(found("")) == [1, 2, 3, 4, 5]
    assert found(" AND tags.group = 'odd'", order_by=["version_number ASC"]) == [2, 4]
    assert found(f" AND run_id = '{run_id}'", order_by=["version_number DESC"]) == [5, 4]
    assert found(f" AND run_id IN ('{run_id}')", order_by=["version_number"]) == [4, 5]
    assert found(" AND version_number > 3", order_by=["version_number ASC"]) == [4, 5]
    assert found(" AND source_path = 's3://somewhere/model'", order_by=["version_number"]) == [1, 2, 3, 4, 5]
    assert found(" AND source_path LIKE 's3://elsewhere%'") == []
    assert found("", order_by=["creation_timestamp ASC", "version_number ASC"])[0] == 1
    first = client.search_model_versions(mine, max_results=3, order_by=["version_number ASC"])
    rest = client.search_model_versions(
        mine, max_results=3, order_by=["version_number ASC"], page_token=first.token
    )
    assert [int(version.version) for version in [*first, *rest]] == [1, 2, 3, 4, 5]
    assert not rest.token
    fluent = mlflow.search_model_versions(filter_string=mine, max_results=2, order_by=["version_number DESC"])
    assert [int(version.version) for version in fluent] == [5, 4]


def test_a_search_of_a_model_that_is_not_there_is_empty(client):
    assert client.search_model_versions(f"name = 'nobody {uuid.uuid4().hex}'") == []


@pytest.mark.parametrize(
    "source",
    [
        "/etc",
        "file:///etc",
        "relative/path",
        "http://169.254.169.254/latest",
        "https://example.com/model",
        "ftp://example.com/model",
        "mlflow-artifacts://example.com/model",
        "models:/nobody-at-all/1",
        "models:/m-00000000000000000000000000000000",
        "runs:/00000000000000000000000000000000/model",
    ],
)
def test_a_source_that_is_nobodys_is_refused(request, client, name, source):
    with pytest.raises(MlflowException) as refused:
        client.create_model_version(name, source)
    codes = {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"}
    if request.config.getoption("--against") == "mlflow":
        codes.add("INTERNAL_ERROR")
    assert refused.value.error_code in codes
    assert client.search_model_versions(f"name = '{name}'") == []


def test_a_run_cannot_give_away_the_files_of_another(client, name, experiment):
    mine, other = (client.create_run(experiment).info for _ in range(2))
    for source in (f"{other.artifact_uri}/model", f"runs:/{other.run_id}/model", f"{mine.artifact_uri}/../x"):
        with pytest.raises(MlflowException, match="Invalid model version source") as refused:
            client.create_model_version(name, source, mine.run_id)
        assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_fifty_threads_register_at_once(server, client, name, experiment):
    """Every registration gets a number of its own, and none is lost."""
    with mlflow.start_run() as run:
        mlflow.log_text("weights", "model/weights.txt")
    source = f"{run.info.artifact_uri}/model"

    def register(_):
        return int(MlflowClient(server.url).create_model_version(name, source, run.info.run_id).version)

    with ThreadPoolExecutor(50) as pool:
        made = list(pool.map(register, range(50)))
    assert sorted(made) == list(range(1, 51))
    assert len(client.search_model_versions(f"name = '{name}'")) == 50


def test_fifty_threads_make_one_model(server, client):
    """Of fifty creators one wins; the others are told so by the code that the client goes on with."""
    name = f"raced {uuid.uuid4().hex}"

    def create(_):
        try:
            MlflowClient(server.url).create_registered_model(name)
        except MlflowException as refused:
            return refused.error_code
        return "made"

    with ThreadPoolExecutor(50) as pool:
        told = list(pool.map(create, range(50)))
    assert sorted(told) == ["RESOURCE_ALREADY_EXISTS"] * 49 + ["made"]
