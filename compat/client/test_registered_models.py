"""Registered models, their tags and aliases through MlflowClient."""

import uuid

import mlflow
import pytest
from mlflow.exceptions import MlflowException


@pytest.fixture
def name(client) -> str:
    """Name of a registered model of the test's own, which is gone afterwards."""
    made = f"model {uuid.uuid4().hex[:8]}"
    client.create_registered_model(made)
    yield made
    for left in client.search_registered_models(f"name LIKE '{made}%'"):
        client.delete_registered_model(left.name)


def add_version(client, name, **more):
    return int(client.create_model_version(name, "s3://somewhere/model", **more).version)


def test_a_model_is_created_with_tags_and_a_description(client):
    name = f"iris {uuid.uuid4().hex}"
    made = client.create_registered_model(name, tags={"team": "a", "n": 1}, description="of flowers")
    assert (made.name, made.description, made.tags) == (name, "of flowers", {"team": "a", "n": "1"})
    read = client.get_registered_model(name)
    assert (read.name, read.description, read.tags) == (name, "of flowers", {"team": "a", "n": "1"})
    assert (read.latest_versions, read.aliases) == ([], {})
    assert read.creation_timestamp == read.last_updated_timestamp == made.creation_timestamp
    client.delete_registered_model(name)


def test_a_name_is_taken_once(client, name):
    with pytest.raises(MlflowException, match="already exists") as refused:
        client.create_registered_model(name)
    assert refused.value.error_code == "RESOURCE_ALREADY_EXISTS"


@pytest.mark.parametrize("bad", ["", " ", "a/b", "a:b", ".", ".."])
def test_a_name_that_no_address_could_hold_is_refused(client, bad):
    with pytest.raises(MlflowException) as refused:
        client.create_registered_model(bad)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_a_description_is_changed(client, name):
    assert client.update_registered_model(name, "better").description == "better"
    assert client.get_registered_model(name).description == "better"
    client.update_registered_model(name, "")
    assert not client.get_registered_model(name).description


def test_a_model_is_renamed_with_all_that_hangs_on_it(client, name):
    add_version(client, name)
    client.set_registered_model_tag(name, "t", "1")
    client.set_registered_model_alias(name, "champion", 1)
    client.rename_registered_model(name, f"{name} renamed")
    read = client.get_registered_model(f"{name} renamed")
    assert (read.tags, read.aliases, len(read.latest_versions)) == ({"t": "1"}, {"champion": "1"}, 1)
    assert client.get_model_version(f"{name} renamed", 1).name == f"{name} renamed"
    with pytest.raises(MlflowException, match="not found"):
        client.get_registered_model(name)


def test_a_name_cannot_be_taken_from_another(client, name):
    client.create_registered_model(f"{name} other")
    with pytest.raises(MlflowException, match="already exists") as refused:
        client.rename_registered_model(name, f"{name} other")
    assert refused.value.error_code == "RESOURCE_ALREADY_EXISTS"


def test_tags_are_set_changed_and_deleted(client, name):
    client.set_registered_model_tag(name, "a", "1")
    client.set_registered_model_tag(name, "a", "2")
    client.set_registered_model_tag(name, "b", "x")
    client.delete_registered_model_tag(name, "b")
    client.delete_registered_model_tag(name, "b")
    assert client.get_registered_model(name).tags == {"a": "2"}


def test_a_model_is_deleted_with_its_versions(client, name):
    add_version(client, name)
    client.delete_registered_model(name)
    for gone in (
        lambda: client.get_registered_model(name),
        lambda: client.get_model_version(name, 1),
        lambda: client.delete_registered_model(name),
    ):
        with pytest.raises(MlflowException, match="not found") as refused:
            gone()
        assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    client.create_registered_model(name)
    assert add_version(client, name) == 1


def test_an_alias_names_one_version_and_moves(client, name):
    add_version(client, name)
    add_version(client, name)
    client.set_registered_model_alias(name, "champion", 1)
    client.set_registered_model_alias(name, "challenger", "2")
    assert client.get_model_version_by_alias(name, "champion").version == "1"
    client.set_registered_model_alias(name, "champion", 2)
    assert sorted(client.get_model_version(name, 2).aliases) == ["challenger", "champion"]
    assert client.get_registered_model(name).aliases == {"champion": "2", "challenger": "2"}
    client.delete_registered_model_alias(name, "champion")
    client.delete_registered_model_alias(name, "champion")
    with pytest.raises(MlflowException, match="alias champion not found") as refused:
        client.get_model_version_by_alias(name, "champion")
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("alias", ["latest", "LATEST", "v1", "V23", "a b", "a/b", "ä.b"])
def test_an_alias_that_means_something_else_is_refused(client, name, alias):
    add_version(client, name)
    with pytest.raises(MlflowException) as refused:
        client.set_registered_model_alias(name, alias, 1)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_an_alias_needs_its_version(client, name):
    with pytest.raises(MlflowException, match="not found") as refused:
        client.set_registered_model_alias(name, "champion", 7)
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_latest_versions_by_stage(client, name):
    for _ in range(3):
        add_version(client, name)
    client.transition_model_version_stage(name, 1, "Production")
    client.transition_model_version_stage(name, 2, "Production")
    latest = {(found.current_stage, found.version) for found in client.get_latest_versions(name)}
    assert latest == {("Production", "2"), ("None", "3")}
    assert [found.version for found in client.get_latest_versions(name, stages=["Production"])] == ["2"]
    assert client.get_latest_versions(name, stages=["Staging"]) == []


def test_models_are_searched_ordered_and_paged(client):
    word = uuid.uuid4().hex[:8]
    for i in range(5):
        client.create_registered_model(f"{word} {i}", tags={"group": "even" if i % 2 == 0 else "odd"})

    def found(query, **more):
        return [
            m.name[-1] for m in client.search_registered_models(f"name LIKE '{word}%'{query}", **more)
        ]

    assert found("") == ["0", "1", "2", "3", "4"]
    assert found(" AND tags.group = 'even'") == ["0", "2", "4"]
    assert found(" AND tags.group != 'even'") == ["1", "3"]
    assert [m.name for m in client.search_registered_models(f"name = '{word} 3'")] == [f"{word} 3"]
    assert len(client.search_registered_models(f"name ILIKE '{word.upper()}%'")) == 5
    assert found("", order_by=["name DESC"]) == ["4", "3", "2", "1", "0"]
    client.update_registered_model(f"{word} 2", "touched last")
    assert found("", order_by=["last_updated_timestamp DESC"])[0] == "2"
    first = client.search_registered_models(f"name LIKE '{word}%'", max_results=3)
    rest = client.search_registered_models(f"name LIKE '{word}%'", max_results=3, page_token=first.token)
    assert [m.name[-1] for m in [*first, *rest]] == ["0", "1", "2", "3", "4"]
    assert not rest.token
    fluent = mlflow.search_registered_models(filter_string=f"name LIKE '{word}%'", max_results=2)
    assert [m.name[-1] for m in fluent] == ["0", "1"]


@pytest.mark.parametrize("query", ["colour = 'red'", "name > 'a'", "name = a", "name"])
def test_a_filter_that_cannot_be_read_is_refused(client, query):
    with pytest.raises(MlflowException) as refused:
        client.search_registered_models(query)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
