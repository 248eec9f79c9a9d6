"""The things a case may name: made on each server when a call of the case names them."""

import uuid

import requests

API = "/api/2.0/mlflow/"

Auth = tuple[str, str]
"""Name and password."""

PASSWORD = "correct horse battery"
"""Of everybody, on servers with accounts."""

ROOT: Auth = ("root", PASSWORD)


class Things:
    """Names to ids on one server, for one case."""

    def __init__(self, url: str, root: Auth | None = None) -> None:
        """`root`: an administrator, on a server with accounts, who makes the things."""
        self.url = url
        self.root = root
        self.numbers: set[str] = set()
        self.ids: dict[str, str] = {} if root is None else {"root": root[0]}

    def __getitem__(self, name: str) -> str:
        if name not in self.ids:
            self.ids[name] = MAKERS[name](self)
        return self.ids[name]

    def save(self, name: str, value: str | int) -> None:
        """Something out of an answer; a number is sent as one again."""
        self.ids[name] = str(value)
        if isinstance(value, int):
            self.numbers.add(name)

    def knows(self, name: str) -> bool:
        return name in self.ids or name in MAKERS

    def post(self, path: str, body: dict, method: str = "POST") -> dict:
        response = requests.request(method, self.url + API + path, json=body, auth=self.root, timeout=120)
        response.raise_for_status()
        return response.json()

    def experiment(self) -> str:
        return self.post("experiments/create", {"name": f"case {uuid.uuid4().hex}"})["experiment_id"]

    def run(self, experiment: str = "exp") -> str:
        body = {"experiment_id": self[experiment], "run_name": "a run", "start_time": 1_600_000_000_000}
        return self.post("runs/create", body)["run"]["info"]["run_id"]

    def deleted_experiment(self) -> str:
        made = self.experiment()
        self.post("experiments/delete", {"experiment_id": made})
        return made

    def run_of_deleted_experiment(self) -> str:
        self.ids["doomed_exp"] = self.experiment()
        made = self.run("doomed_exp")
        self.post("experiments/delete", {"experiment_id": self["doomed_exp"]})
        return made

    def deleted_run(self) -> str:
        made = self.run()
        self.post("runs/delete", {"run_id": made})
        return made

    def finished_run(self) -> str:
        made = self.run()
        self.post("runs/update", {"run_id": made, "status": "FINISHED", "end_time": 1_600_000_001_000})
        return made

    def model(self) -> str:
        body = {"experiment_id": self["exp"], "name": "model", "source_run_id": self["run"]}
        return self.post("logged-models", body)["model"]["info"]["model_id"]

    def deleted_model(self) -> str:
        made = self.model()
        self.post(f"logged-models/{made}", {}, method="DELETE")
        return made

    def registered_model(self, *tags: dict) -> str:
        body = {"name": f"thing {uuid.uuid4().hex[:12]}", "tags": list(tags)}
        return self.post("registered-models/create", body)["registered_model"]["name"]

    def person(self) -> str:
        body = {"username": f"person-{uuid.uuid4().hex[:12]}", "password": PASSWORD}
        return self.post("users/create", body)["user"]["username"]

    def prompt(self) -> str:
        return self.registered_model({"key": "mlflow.prompt.is_prompt", "value": "true"})


MAKERS = {
    "exp": Things.experiment,
    "exp2": Things.experiment,
    "deleted_exp": Things.deleted_experiment,
    "run": Things.run,
    "run2": Things.run,
    "finished_run": Things.finished_run,
    "deleted_run": Things.deleted_run,
    "run_of_deleted_exp": Things.run_of_deleted_experiment,
    "model": Things.model,
    "model2": Things.model,
    "deleted_model": Things.deleted_model,
    "reg": Things.registered_model,
    "reg2": Things.registered_model,
    "prompt": Things.prompt,
    "ann": Things.person,
    "ben": Things.person,
    "unknown": lambda things: "0" * 32,
    "word": lambda things: uuid.uuid4().hex[:12],
}
