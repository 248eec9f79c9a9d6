"""Reads run events as a JSON list, builds each with the classes of OpenLineage's client, and writes what those make of it.

Runs in the environment `openlineage`. A field that a class does not know, or one that it misses, ends it.
"""

import json
import sys

from openlineage.client.generated import base
from openlineage.client.generated.datasource_dataset import DatasourceDatasetFacet
from openlineage.client.generated.dataset_version_dataset import DatasetVersionDatasetFacet
from openlineage.client.generated.parent_run import Job as ParentJob
from openlineage.client.generated.parent_run import ParentRunFacet
from openlineage.client.generated.parent_run import Run as ParentRun
from openlineage.client.generated.schema_dataset import SchemaDatasetFacet, SchemaDatasetFacetFields
from openlineage.client.generated.source_code_location_job import SourceCodeLocationJobFacet
from openlineage.client.serde import Serde

FACETS = {
    "parent": ParentRunFacet,
    "sourceCodeLocation": SourceCodeLocationJobFacet,
    "version": DatasetVersionDatasetFacet,
    "dataSource": DatasourceDatasetFacet,
    "schema": SchemaDatasetFacet,
}


def facet(name, given):
    fields = {**given}
    of, made_by = fields.pop("_schemaURL"), fields.pop("_producer")
    if name == "parent":
        fields = {"run": ParentRun(**fields["run"]), "job": ParentJob(**fields["job"])}
    if name == "schema":
        fields["fields"] = [SchemaDatasetFacetFields(**field) for field in fields["fields"]]
    # Attributes with an underscore are set without it.
    made = FACETS[name](**fields, producer=made_by)
    if made._schemaURL != of:
        raise ValueError(f"the facet {name} says that it is {of}, and it is {made._schemaURL}")
    return made


def with_facets(kind, given):
    fields = {**given}
    facets = {name: facet(name, value) for name, value in fields.pop("facets", {}).items()}
    return kind(**fields, facets=facets)


def event(given):
    fields = {**given}
    of = fields.pop("schemaURL")
    made = base.RunEvent(
        **{
            **fields,
            "eventType": base.EventType(fields["eventType"]),
            "run": with_facets(base.Run, fields["run"]),
            "job": with_facets(base.Job, fields["job"]),
            "inputs": [with_facets(base.InputDataset, each) for each in fields["inputs"]],
            "outputs": [with_facets(base.OutputDataset, each) for each in fields["outputs"]],
        }
    )
    if made.schemaURL != of:
        raise ValueError(f"the event says that it is {of}, and it is {made.schemaURL}")
    return made


print(json.dumps([Serde.to_dict(event(given)) for given in json.load(sys.stdin)]))
