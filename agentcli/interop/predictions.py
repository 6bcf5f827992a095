"""A study's results as SWE-bench prediction files, which its harness scores."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from agentcli.compare.outcome import Outcome
from agentcli.compare.report.evidence import Evidence
from agentcli.tasks.importers.base import plain_id
from agentcli.tasks.importers.swebench import Prediction, write_predictions


def write_study_predictions(
    folder: Path, outcomes: Iterable[Outcome], evidence: Mapping[str, Evidence]
) -> list[Path]:
    """A file for each arm and seed, since the harness takes one prediction for an instance.

    A trial without a run on this machine predicts nothing, which the harness counts as failed.
    """
    files: dict[Path, list[Prediction]] = defaultdict(list)
    for one in outcomes:
        found = evidence.get(one.run_id or "")
        prediction = Prediction(
            instance_id=one.task,
            model_name_or_path=one.arm,
            model_patch=(found.patch if found else None) or "",
        )
        files[folder / f"{plain_id(one.arm)}-{one.seed}.jsonl"].append(prediction)
    folder.mkdir(parents=True, exist_ok=True)
    for file, predictions in files.items():
        write_predictions(file, predictions)
    return list(files)
