# SPDX-License-Identifier: Apache-2.0
"""The files for Kubernetes: YAML without a fault of form, the fields of an MPIJob that its operator knows, and a command that the program
takes. The schema has the fields of kubeflow.org/v2beta1 that the files use; a field that is not in it is refused."""
import copy
import unittest

import jsonschema
import yaml
from program import ROOT, ProgramTest
from yamllint import linter
from yamllint.config import YamlLintConfig

FOLDER = ROOT / "examples/kubernetes"


def closed(required=(), **properties):
    """An object with these fields and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


TEXT, COUNT = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0}
LIST = {"type": "array", "items": TEXT, "minItems": 1}
QUANTITY = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]+(m|Ki|Mi|Gi|Ti)?$"}]}
CONTAINER = closed(("name", "image", "command", "args", "resources"), name=TEXT, image={"type": "string", "pattern": "^[a-z0-9./-]+:[A-Za-z0-9._-]+$"},
                   command=LIST, args=LIST, securityContext=closed(runAsUser={"type": "integer", "minimum": 1}),
                   resources=closed(limits=closed(("cpu", "memory"), cpu=QUANTITY, memory=QUANTITY)),
                   volumeMounts={"type": "array", "items": closed(("name", "mountPath"), name=TEXT, mountPath={"type": "string", "pattern": "^/"})})
VOLUME = closed(("name", "persistentVolumeClaim"), name=TEXT, persistentVolumeClaim=closed(("claimName",), claimName=TEXT))
POD = closed(("containers",), containers={"type": "array", "items": CONTAINER, "minItems": 1, "maxItems": 1},
             volumes={"type": "array", "items": VOLUME})
REPLICAS = closed(("replicas", "template"), replicas={"type": "integer", "minimum": 1}, restartPolicy={"enum": ["Never", "OnFailure"]},
                  template=closed(("spec",), spec=POD))
MPI_JOB = closed(
    ("apiVersion", "kind", "metadata", "spec"), apiVersion={"const": "kubeflow.org/v2beta1"}, kind={"const": "MPIJob"},
    metadata=closed(("name",), name={"type": "string", "pattern": "^[a-z][a-z0-9-]*$"}),
    spec=closed(("mpiReplicaSpecs",), slotsPerWorker={"type": "integer", "minimum": 1}, sshAuthMountPath={"type": "string", "pattern": "^/"},
                mpiImplementation={"enum": ["OpenMPI", "MPICH", "Intel"]},
                runPolicy=closed(cleanPodPolicy={"enum": ["None", "Running", "All"]}, backoffLimit=COUNT, ttlSecondsAfterFinished=COUNT),
                mpiReplicaSpecs=closed(("Launcher", "Worker"), Launcher=REPLICAS, Worker=REPLICAS)))


def documents(name):
    return list(yaml.safe_load_all((FOLDER / name).read_text()))


class Kubernetes(ProgramTest):
    def test_the_files_have_no_fault_of_form(self):
        config = YamlLintConfig("extends: default\nrules: {line-length: {max: 120}, comments: {min-spaces-from-content: 1}}")
        for path in sorted(FOLDER.glob("*.yaml")):
            found = [f"{path.name}:{each.line}: {each.desc}" for each in linter.run(path.read_text(), config)]
            self.assertEqual(found, [])

    def test_the_job_has_the_fields_of_its_kind(self):
        (job,) = documents("mpijob.yaml")
        jsonschema.validate(job, MPI_JOB)
        wrong = copy.deepcopy(job)
        wrong["spec"]["mpiReplicaSpecs"]["Worker"]["replica"] = 4
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate(wrong, MPI_JOB)

    def test_the_parts_fit_together(self):
        (job,), (claim,) = documents("mpijob.yaml"), documents("volume.yaml")
        replicas = job["spec"]["mpiReplicaSpecs"]
        worker = replicas["Worker"]["template"]["spec"]
        arguments = replicas["Launcher"]["template"]["spec"]["containers"][0]["args"]
        self.assertEqual(int(arguments[arguments.index("-n") + 1]), replicas["Worker"]["replicas"] * job["spec"]["slotsPerWorker"])
        (volume,) = worker["volumes"]
        self.assertEqual(volume["persistentVolumeClaim"]["claimName"], claim["metadata"]["name"])
        self.assertEqual(worker["containers"][0]["volumeMounts"][0]["name"], volume["name"])
        self.assertIn("ReadWriteMany", claim["spec"]["accessModes"])

    def test_the_program_takes_its_command(self):
        (job,) = documents("mpijob.yaml")
        arguments = job["spec"]["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0]["args"]
        words = arguments[arguments.index("millrace") + 1:]
        (self.folder / "table.csv").write_text("size,price\n" + "".join(f"{i},{i * 3 % 17}.5\n" for i in range(5000)))
        here = {"/data/table.csv": self.folder / "table.csv", "/data/run": self.folder / "run"}
        self.millrace(*[here.get(each, each) for each in words])
        self.assertTrue((self.folder / "run/model.onnx").exists())


if __name__ == "__main__":
    unittest.main()
