"""How a small model divides a task: lines with a path, verdicts in a word, narrowed checks."""

from typing import Any

import pytest

from agentcli.journal.events import Brief, ModelReplied, Usage
from agentcli.models.base import ToolSpec
from agentcli.models.formats import MalformedReply, OutlineFormat, SpliceFormat
from agentcli.models.formats.parts import check_beside, parts_in

KNOWN = ("shop/price.py", "shop/receipt.py", "tests/test_price.py", "tests/test_receipt.py")
WHOLE = Brief(goal="Mend prices and receipts.", check="python3 -m pytest -q")
TEXT = {"type": "string"}
LINES = "shop/price.py: total must subtract\nshop/receipt.py: receipt must end with the total"


def tool(name: str, **properties: object) -> ToolSpec:
    return ToolSpec(name, name, {"type": "object", "properties": properties})


ANY = {"type": "array"}
PLANNING = (
    tool("assign", briefs=ANY, reason=TEXT),
    tool("wait", show={"type": "boolean"}),
    tool("accept", of=TEXT),
    tool("reject", reason=TEXT),
    tool("message", text=TEXT),
    tool("finish", status=TEXT, summary=TEXT),
)
CODING = (
    tool("splice", path=TEXT, code=TEXT),
    tool("delegate", goal=TEXT, facts=TEXT, paths=ANY, check=TEXT),
    tool("finish", status=TEXT, summary=TEXT),
)


def reply(text: str, step: int = 1) -> ModelReplied:
    return ModelReplied(
        step=step, model="m", text=text, finish_reason="stop", usage=Usage(), cost=None, seconds=0.1
    )


def planned(text: str, step: int = 1) -> list[tuple[str, dict[str, Any]]]:
    planner = OutlineFormat().within(WHOLE).knowing(KNOWN)
    calls = planner.parse(reply(text, step), PLANNING)
    return [(call.name, dict(call.arguments)) for call in calls]


@pytest.mark.parametrize(
    "line",
    [
        "shop/price.py: subtract it",
        "- `shop/price.py`: subtract it",
        "1. **shop/price.py**: subtract it",
        "price.py - subtract it",
        "shop/price.py:\nsubtract it",
    ],
)
def test_a_line_with_a_path_is_a_part(line: str) -> None:
    (part,) = parts_in(f"Here is the plan:\n{line}", KNOWN)
    assert (part.path, part.goal) == ("shop/price.py", "In shop/price.py: subtract it")


def test_code_after_the_path_goes_along_as_a_fact() -> None:
    (part,) = parts_in("shop/price.py:\n```python\ndef total(): ...\n```", KNOWN)
    assert part.facts == "def total(): ..."
    assert part.goal == "In shop/price.py: what the facts show"


def test_tests_that_are_there_are_no_part_but_new_ones_are() -> None:
    text = "tests/test_price.py: must pass\ntests/test_new.py: test the discount"
    assert [part.path for part in parts_in(text, KNOWN)] == ["tests/test_new.py"]


def test_a_plan_gives_each_file_a_brief_with_its_own_tests() -> None:
    (name, arguments), waiting = planned(LINES)
    price, receipt = arguments["briefs"]
    assert name == "assign" and waiting == ("wait", {"show": True})
    assert price["check"] == "python3 -m pytest -q tests/test_price.py"
    assert receipt["check"] == "python3 -m pytest -q tests/test_receipt.py"
    assert price["paths"] == ["shop/price.py"]
    assert WHOLE.goal in price["facts"]
    assert "reason" not in arguments


def test_a_later_plan_has_names_of_its_own_and_a_reason() -> None:
    (_, arguments), _ = planned(LINES, step=4)
    assert [brief["name"] for brief in arguments["briefs"]] == [
        "shop/price.py (step 4)",
        "shop/receipt.py (step 4)",
    ]
    assert arguments["reason"]


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("ACCEPT", ("accept", {})),
        ("**Accepted**: it passes", ("accept", {})),
        ("REJECT: it deletes the tests", ("reject", {"reason": "it deletes the tests"})),
        ("REVISE the rounding", ("message", {"text": "the rounding"})),
        ("FINISH", ("finish", {"status": "done", "summary": "Finished."})),
        ("ACCEPT\nshop/price.py: looks good", ("accept", {})),
    ],
)
def test_a_word_is_a_verdict(said: str, call: tuple[str, dict[str, str]]) -> None:
    name, arguments = planned(said)[0]
    assert name == call[0]
    assert call[1].items() <= arguments.items() or name == "accept"


def test_a_plan_that_uses_such_a_word_stays_a_plan() -> None:
    assert planned("We accept this.\nshop/price.py: accept a discount")[0][0] == "assign"


def test_a_coder_that_answers_with_parts_delegates_them_and_then_finishes() -> None:
    coder = SpliceFormat().within(WHOLE).knowing(KNOWN)
    calls = coder.parse(reply(LINES), CODING)
    assert [call.name for call in calls] == ["delegate", "delegate", "finish"]
    assert calls[0].arguments["paths"] == ["shop/price.py"]
    assert calls[1].arguments["check"] == "python3 -m pytest -q tests/test_receipt.py"


def test_without_the_tool_parts_are_no_code_and_only_files_to_change_are_named() -> None:
    coder = SpliceFormat().within(WHOLE).knowing(KNOWN)
    with pytest.raises(MalformedReply, match="no code") as refused:
        coder.parse(reply(LINES), (CODING[0], CODING[2]))
    assert "(shop/price.py, shop/receipt.py)" in refused.value.correction


@pytest.mark.parametrize(
    ("command", "narrowed"),
    [
        ("pytest -x", "pytest -x tests/test_price.py"),
        ("python3 -m unittest", "python3 -m unittest tests/test_price.py"),
        ("pytest tests/test_all.py", None),
        ("python3 -m unittest discover", None),
        ("make test", None),
        ("cd src && pytest", None),
        ("pytest 'open quote", None),
    ],
)
def test_a_check_is_narrowed_only_where_that_needs_no_guess(
    command: str, narrowed: str | None
) -> None:
    assert check_beside(command, "shop/price.py", KNOWN) == narrowed
    assert check_beside(command, "shop/other.py", KNOWN) is None
