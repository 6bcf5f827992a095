"""What counts as a reply that is stuck, and what only looks like it."""

import pytest

from agentcli.models.repeats import repeated, said_once

SENTENCE = "The function must return the sum of all prices. "
LOOP = "    if node is None:\n        return node\n    node = step(node)\n"

STUCK = {
    "a sentence": SENTENCE * 20,
    "a sentence that breaks off within": (SENTENCE * 20)[:-17],
    "a line": "- `shop/price.py`: subtract the discount\n" * 25,
    "lines of code": LOOP * 15,
    "a word": "and " * 100,
    "a sentence with a ruler": (SENTENCE + "-" * 60 + "\n") * 12,
    "a whole answer": ("Here is the code you asked for:\n```python\n" + LOOP * 3 + "```\n") * 5,
}
HONEST = {
    "a board": "board = [\n" + ("    [" + "None, " * 19 + "],\n") * 19,
    "a matrix of zeros": ("[0, 0, 0, 0, 0, 0, 0, 0],\n") * 64,
    "a table": "".join(
        f'    ("item {n}", {n * 7}, "a note that is the same"),\n' for n in range(80)
    ),
    "records that are alike": '    {"name": "", "value": None, "tags": []},\n' * 12,
    "one step a few times": "    node = node.next\n" * 8,
    "a ruler": "=" * 2000,
    "blank lines": "\n" * 500,
    "tests that are alike": "".join(
        f"def test_{n}(self):\n    self.assertEqual(add({n}, 1), {n + 1})\n\n" for n in range(60)
    ),
    "closing braces": "        }\n    }\n}\n" * 40,
    "nothing": "",
}


@pytest.mark.parametrize("text", STUCK.values(), ids=STUCK)
def test_a_phrase_over_and_over_is_stuck_soon(text: str) -> None:
    told = [size for size in range(0, len(text) + 1, 4) if repeated(text[:size])]
    assert told, "never seen"
    assert said_once(text) == said_once(text)[: len(text)] != text


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_data_is_not_stuck_at_any_time(text: str) -> None:
    assert not [size for size in range(len(text) + 1) if repeated(text[:size])]
    assert said_once(text) == text


def test_a_stuck_reply_is_cut_after_saying_it_once() -> None:
    assert said_once("Let me see. " + SENTENCE * 30) == "Let me see. " + SENTENCE
