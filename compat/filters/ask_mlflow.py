"""Asks a real MLflow store. Reads {"corpus", "questions"} as JSON from standard input, prints the answers as JSON.

The corpus is written past MLflow's verbs, straight into its tables, so that ids and times are ours to choose.
"""

import json
import os
import sys
import tempfile

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow  # noqa: E402
from mlflow.entities import LoggedModelStatus, ViewType  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.store.model_registry.dbmodels import models as registry_tables  # noqa: E402
from mlflow.store.model_registry.sqlalchemy_store import (  # noqa: E402
    SqlAlchemyStore as RegistryStore,
)
from mlflow.store.tracking.dbmodels import models as tables  # noqa: E402
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # noqa: E402

LARGEST = sys.float_info.max


def main() -> None:
    task = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", f"{folder}/artifacts")
        registry = RegistryStore(f"sqlite:///{folder}/mlflow.db")
        load(store, task["corpus"])
        load_registered(registry, task["corpus"]["registered"])
        places = {
            kind: {thing["id"]: place for place, thing in enumerate(task["corpus"][kind])}
            for kind in ("experiments", "runs", "models")
        }
        places |= registry_places(task["corpus"]["registered"])
        answers = [answer(store, registry, places, question) for question in task["questions"]]
    json.dump({"mlflow": mlflow.__version__, "answers": answers}, sys.stdout, ensure_ascii=False)


def load(store: SqlAlchemyStore, corpus: dict) -> None:
    with store.ManagedSessionMaker(read_only=False) as session:
        for experiment in corpus["experiments"]:
            session.merge(
                tables.SqlExperiment(
                    experiment_id=int(experiment["id"]),
                    name=experiment["name"],
                    lifecycle_stage=experiment["lifecycle"],
                    creation_time=experiment["created"],
                    last_update_time=experiment["updated"],
                    artifact_location=f"mlflow-artifacts:/{experiment['id']}",
                    workspace="default",
                )
            )
            for key, value in experiment["tags"].items():
                session.add(
                    tables.SqlExperimentTag(experiment_id=int(experiment["id"]), key=key, value=value)
                )
        session.flush()
        load_runs(session, corpus["runs"])
        session.flush()
        for model in corpus["models"]:
            load_model(session, model)


def load_runs(session, runs: list[dict]) -> None:
    datasets: dict[tuple, str] = {}
    for run in runs:
        session.add(
            tables.SqlRun(
                run_uuid=run["id"],
                name=run["name"],
                user_id=run["user"],
                status=run["status"],
                start_time=run["start"],
                end_time=run["end"],
                lifecycle_stage=run["lifecycle"],
                artifact_uri=run["uri"],
                experiment_id=int(run["experiment"]),
            )
        )
        session.flush()
        for key, value in run["metrics"].items():
            number = float(value)
            is_nan = number != number
            session.add(
                tables.SqlLatestMetric(
                    run_uuid=run["id"], key=key, value=0 if is_nan else bounded(number), is_nan=is_nan
                )
            )
        for key, value in run["params"].items():
            session.add(tables.SqlParam(run_uuid=run["id"], key=key, value=value))
        for key, value in run["tags"].items():
            session.add(tables.SqlTag(run_uuid=run["id"], key=key, value=value))
        for place, dataset in enumerate(run["datasets"]):
            load_dataset(session, datasets, run, place, dataset)


def load_dataset(session, known: dict, run: dict, place: int, dataset: dict) -> None:
    name = (run["experiment"], dataset["name"], dataset["digest"])
    if name not in known:
        known[name] = f"dataset{len(known)}"
        session.add(
            tables.SqlDataset(
                dataset_uuid=known[name],
                experiment_id=int(run["experiment"]),
                name=dataset["name"],
                digest=dataset["digest"],
                dataset_source_type="local",
                dataset_source="{}",
            )
        )
        session.flush()
    link = f"{run['id']}{place}"
    session.add(
        tables.SqlInput(
            input_uuid=link,
            source_type="DATASET",
            source_id=known[name],
            destination_type="RUN",
            destination_id=run["id"],
        )
    )
    session.flush()
    if "context" in dataset:
        session.add(
            tables.SqlInputTag(input_uuid=link, name="mlflow.data.context", value=dataset["context"])
        )


def load_model(session, model: dict) -> None:
    experiment = int(model["experiment"])
    session.add(
        tables.SqlLoggedModel(
            model_id=model["id"],
            experiment_id=experiment,
            name=model["name"],
            artifact_location=f"mlflow-artifacts:/{experiment}/models/{model['id']}/artifacts",
            creation_timestamp_ms=model["created"],
            last_updated_timestamp_ms=model["updated"],
            status=LoggedModelStatus(model["status"]).to_int(),
            lifecycle_stage=model["lifecycle"],
            model_type=model["type"],
            source_run_id=model["sourceRun"],
        )
    )
    session.flush()
    of = {"model_id": model["id"], "experiment_id": experiment}
    for key, value in model["params"].items():
        session.add(tables.SqlLoggedModelParam(**of, param_key=key, param_value=value))
    for key, value in model["tags"].items():
        session.add(tables.SqlLoggedModelTag(**of, tag_key=key, tag_value=value))
    for metric in model["metrics"]:
        dataset = metric.get("dataset", {})
        session.add(
            tables.SqlLoggedModelMetric(
                **of,
                metric_name=metric["key"],
                metric_timestamp_ms=metric["timestamp"],
                metric_step=metric["step"],
                metric_value=0 if metric["value"] == "NaN" else bounded(float(metric["value"])),
                run_id=metric["run"],
                dataset_name=dataset.get("name"),
                dataset_digest=dataset.get("digest"),
            )
        )


def bounded(number: float) -> float:
    """As MLflow stores infinities."""
    return max(-LARGEST, min(LARGEST, number))


def load_registered(registry: RegistryStore, models: list[dict]) -> None:
    with registry.ManagedSessionMaker(read_only=False) as session:
        for model in models:
            of = {"workspace": "default", "name": model["name"]}
            session.add(
                registry_tables.SqlRegisteredModel(
                    **of, creation_time=model["created"], last_updated_time=model["updated"]
                )
            )
            session.flush()
            for key, value in model["tags"].items():
                session.add(registry_tables.SqlRegisteredModelTag(**of, key=key, value=value))
            for version in model["versions"]:
                load_version(session, of, version)


def load_version(session, of: dict, version: dict) -> None:
    session.add(
        registry_tables.SqlModelVersion(
            **of,
            version=version["version"],
            current_stage=version["stage"],
            creation_time=version["created"],
            last_updated_time=version["updated"],
            source=version["source"],
            storage_location=version["source"],
            run_id=version["run"],
            run_link="",
        )
    )
    session.flush()
    for key, value in version["tags"].items():
        session.add(
            registry_tables.SqlModelVersionTag(**of, version=version["version"], key=key, value=value)
        )


def registry_places(models: list[dict]) -> dict:
    versions = [(model["name"], version["version"]) for model in models for version in model["versions"]]
    return {
        "registered models": {model["name"]: place for place, model in enumerate(models)},
        "model versions": {version: place for place, version in enumerate(versions)},
    }


def answer(store: SqlAlchemyStore, registry: RegistryStore, places: dict, question: dict):
    try:
        if question["of"] in ("registered models", "model versions"):
            return ask_registry(registry, places, question)
        return ask(store, places, question)
    except MlflowException as problem:
        return {"error": problem.error_code}
    except Exception:
        return {"error": "CRASH"}


def ask(store: SqlAlchemyStore, places: dict, question: dict) -> list:
    kind = question["of"]
    if kind == "runs":
        found = store.search_runs(
            question["experiments"],
            question["filter"],
            ViewType.from_string(question["view"].lower()),
            max_results=1000,
            order_by=question["orderBy"],
        )
        return [places["runs"][run.info.run_id] for run in found]
    if kind == "experiments":
        found = store.search_experiments(
            ViewType.from_string(question["view"].lower()),
            max_results=1000,
            filter_string=question["filter"],
            order_by=question["orderBy"],
        )
        return [places["experiments"][experiment.experiment_id] for experiment in found]
    if kind == "models":
        found = store.search_logged_models(
            question["experiments"],
            filter_string=question["filter"] or None,
            datasets=[dataset_filter(dataset) for dataset in question["datasets"]] or None,
            max_results=1000,
            order_by=[order_entry(entry) for entry in question["orderBy"]] or None,
        )
        return [places["models"][model.model_id] for model in found]
    found = store._search_datasets(question["experiments"])
    return sorted(
        json.dumps([d.experiment_id, d.name, d.digest, d.context], ensure_ascii=False) for d in found
    )


def ask_registry(registry: RegistryStore, places: dict, question: dict) -> list:
    kind = question["of"]
    asked = {"filter_string": question["filter"], "max_results": 1000, "order_by": question["orderBy"]}
    if kind == "registered models":
        found = registry.search_registered_models(**asked)
        return [places[kind][model.name] for model in found]
    found = registry.search_model_versions(**asked)
    return [places[kind][(version.name, int(version.version))] for version in found]


def dataset_filter(dataset: dict) -> dict:
    """Without a digest the key stays away: MLflow takes an empty one to mean values without a digest."""
    named = {"dataset_name": dataset["name"]}
    return {**named, "dataset_digest": dataset["digest"]} if "digest" in dataset else named


def order_entry(entry: dict) -> dict:
    return {
        "field_name": entry["field"],
        "ascending": entry["ascending"],
        **dataset_filter(entry["dataset"]),
    } if "dataset" in entry else {"field_name": entry["field"], "ascending": entry["ascending"]}


if __name__ == "__main__":
    main()
