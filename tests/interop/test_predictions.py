"""`study report --swebench`: what SWE-bench's harness scores."""

import json
from pathlib import Path

from tests.cli.conftest import desk as desk
from tests.compare.conftest import Opened, does
from tests.compare.conftest import lab as lab

ARMS = ("--arm", "solo", "--arm", "deep=recursive:max-depth=1")


def test_each_arm_has_a_file_with_one_patch_for_each_instance(lab: Opened, tmp_path: Path) -> None:
    with lab(does("one", "two"), "one", "two") as it:
        it.type("compare", *ARMS)
        said = it.desk.type("study", "report", "compare", "--swebench", str(tmp_path / "out"))
    assert (said.code, said.out) == (0, "")
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["deep-1.jsonl", "solo-1.jsonl"]
    lines = [json.loads(line) for line in files[1].read_text().splitlines()]
    assert {(line["instance_id"], line["model_name_or_path"]) for line in lines} == {
        ("one", "solo"),
        ("two", "solo"),
    }
    assert all(f"+++ b/{line['instance_id']}.txt" in line["model_patch"] for line in lines)
