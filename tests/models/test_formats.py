"""How replies are read: what models write, and the calls or the correction that follow."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentcli.errors import UsageFault
from agentcli.journal.events import Call, ModelReplied, Usage
from agentcli.models.base import Message, ToolSpec
from agentcli.models.formats import (
    FencedFormat,
    Format,
    MalformedReply,
    NativeFormat,
    SpliceFormat,
    choose_format,
    format_named,
)
from agentcli.models.formats.fences import prose, scan
from agentcli.models.formats.writing import write_block


def tool(name: str, required: tuple[str, ...] = (), **properties: object) -> ToolSpec:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return ToolSpec(name, name, schema)


TEXT = {"type": "string"}
COUNT = {"type": "integer"}
TEXTS = {"type": "array", "items": TEXT}
EDIT = {
    "type": "object",
    "properties": {"search": TEXT, "replace": TEXT},
    "required": ["search", "replace"],
}
TOOLS = (
    tool("bash", ("command",), command=TEXT, timeout={"type": "number"}),
    tool("read", ("path",), path=TEXT, start=COUNT, end=COUNT),
    tool("edit", ("path", "edits"), path=TEXT, edits={"type": "array", "items": EDIT}),
    tool("write", ("path", "content"), path=TEXT, content=TEXT),
    tool("search", ("pattern",), pattern=TEXT, path=TEXT, glob=TEXT),
    tool("map", focus=TEXTS, tokens=COUNT),
    tool("delegate", ("goal",), goal=TEXT, facts=TEXT, paths=TEXTS, check=TEXT),
    tool("splice", ("path", "code"), path=TEXT, code=TEXT),
    tool("finish", ("summary",), status={"enum": ["done", "failed", "partial"]}, summary=TEXT),
)


def reply(text: str, *calls: Call, finish: str = "stop", broken: str | None = None) -> ModelReplied:
    return ModelReplied(
        step=3,
        model="m",
        text=text,
        calls=calls,
        finish_reason=finish,
        usage=Usage(),
        cost=None,
        seconds=0.1,
        broken=broken,
    )


def read(format_: Format, text: str, tools: tuple[ToolSpec, ...] = TOOLS) -> list[tuple[str, dict]]:
    return [(call.name, call.arguments) for call in format_.parse(reply(text), tools)]


FENCED = [
    ("a command", "Let me look.\n```bash\nls -la\n```", [("bash", {"command": "ls -la"})]),
    ("a shell by another name", "```sh\nls\n```", [("bash", {"command": "ls"})]),
    ("copied prompts", "```console\n$ ls\n$ pwd\n```", [("bash", {"command": "ls\npwd"})]),
    ("a time-out", "```bash timeout=5\nls\n```", [("bash", {"command": "ls", "timeout": 5})]),
    (
        "several blocks, in order",
        "First:\n```write a.txt\nhi\n```\nthen\n```bash\ncat a.txt\n```\n",
        [("write", {"path": "a.txt", "content": "hi\n"}), ("bash", {"command": "cat a.txt"})],
    ),
    ("a whole file to read", "```read src/a.py\n```", [("read", {"path": "src/a.py"})]),
    ("lines", "```read src/a.py 3-9\n```", [("read", {"path": "src/a.py", "start": 3, "end": 9})]),
    ("lines, colon", "```read a.py:7\n```", [("read", {"path": "a.py", "start": 7})]),
    ("a path in the body", "```read\nsrc/a.py\n```", [("read", {"path": "src/a.py"})]),
    (
        "a quoted path",
        "```read `a.py`\n```".replace("`a.py`", '"a.py"'),
        [("read", {"path": "a.py"})],
    ),
    (
        "two edits",
        "```edit a.py\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n\n"
        "<<<<<<< SEARCH\nx\n=======\n>>>>>>> REPLACE\n```",
        [
            (
                "edit",
                {
                    "path": "a.py",
                    "edits": [
                        {"search": "old\n", "replace": "new\n"},
                        {"search": "x\n", "replace": ""},
                    ],
                },
            )
        ],
    ),
    ("a search", "```search total\n```", [("search", {"pattern": "total"})]),
    (
        "a quoted pattern below a path",
        '```search "def total" src/\n```',
        [("search", {"pattern": "def total", "path": "src/"})],
    ),
    (
        "a bare pattern with blanks",
        "```search def total\n```",
        [("search", {"pattern": "def total"})],
    ),
    ("a map", "```map\n```", [("map", {})]),
    ("a map near names", "```map Cart, a.py\n```", [("map", {"focus": ["Cart", "a.py"]})]),
    (
        "a delegation",
        "```delegate\ngoal: make it\n  work\nfacts: it fails\npaths: a.py, b.py\n"
        "check: pytest\n```",
        [
            (
                "delegate",
                {
                    "goal": "make it\n  work",
                    "facts": "it fails",
                    "paths": ["a.py", "b.py"],
                    "check": "pytest",
                },
            )
        ],
    ),
    (
        "an end",
        "```finish\nAll good.\n```",
        [("finish", {"status": "done", "summary": "All good."})],
    ),
    (
        "an end with its status",
        "```finish failed\nNo way.\n```",
        [("finish", {"status": "failed", "summary": "No way."})],
    ),
    (
        "fences inside a longer fence",
        "````write a.md\n```bash\nls\n```\n````",
        [("write", {"path": "a.md", "content": "```bash\nls\n```\n"})],
    ),
    (
        "fences inside Markdown, the outer one not longer",
        "```write README.md\n# A\n```bash\nls\n```\nend\n```\n",
        [("write", {"path": "README.md", "content": "# A\n```bash\nls\n```\nend\n"})],
    ),
    (
        "a form feed kept",
        "```write a\nx\x0cy\n```",
        [("write", {"path": "a", "content": "x\x0cy\n"})],
    ),
    (
        "fenced JSON",
        '```json\n{"name": "bash", "arguments": {"command": "ls"}}\n```',
        [("bash", {"command": "ls"})],
    ),
    (
        "bare JSON with other keys",
        '{"tool": "read", "parameters": {"file_path": "a.py"}}',
        [("read", {"path": "a.py"})],
    ),
    (
        "JSON in prose",
        'I will run {"name": "bash", "arguments": {"command": "echo {}"}} now.',
        [("bash", {"command": "echo {}"})],
    ),
    (
        "a list of JSON calls",
        '[{"name": "bash", "arguments": {"command": "a"}}, {"name": "bash", "arguments": '
        '"{\\"command\\": \\"b\\"}"}]',
        [("bash", {"command": "a"}), ("bash", {"command": "b"})],
    ),
    (
        "JSON with raw line breaks and a trailing comma",
        '```json\n{"name": "write_file", "arguments": {"path": "a.py", '
        '"content": "x = 1\ny = 2\n",}}\n```',
        [("write", {"path": "a.py", "content": "x = 1\ny = 2\n"})],
    ),
    (
        "JSON that lacks its last brace",
        '```json\n{"name": "bash", "arguments": {"command": "ls"}\n```',
        [("bash", {"command": "ls"})],
    ),
    (
        "tags",
        '<tool_call>\n{"name": "bash", "arguments": {"command": "ls"}}\n</tool_call>',
        [("bash", {"command": "ls"})],
    ),
    (
        "a tag that never ends",
        '<tool_call>{"name": "bash", "arguments": {"command": "ls"}}',
        [("bash", {"command": "ls"})],
    ),
    (
        "function tags",
        "<function=read>\n<parameter=path>\na.py\n</parameter>\n<parameter=start>\n4\n</parameter>"
        "\n</function>",
        [("read", {"path": "a.py", "start": 4})],
    ),
    (
        "code under its path",
        "Here is `src/a.py`:\n\n**src/a.py**\n```python\nx = 1\n```",
        [("write", {"path": "src/a.py", "content": "x = 1\n"})],
    ),
    (
        "code with its path as first comment",
        "```python\n# src/a.py\nx = 1\n```",
        [("write", {"path": "src/a.py", "content": "x = 1\n"})],
    ),
]


@pytest.mark.parametrize(("text", "calls"), [c[1:] for c in FENCED], ids=[c[0] for c in FENCED])
def test_fenced_reads(text: str, calls: list) -> None:
    assert read(FencedFormat(), text) == calls


def test_ids_of_written_calls_tell_step_and_place() -> None:
    calls = FencedFormat().parse(reply("```bash\na\n```\n```bash\nb\n```"), TOOLS)
    assert [call.id for call in calls] == ["s3_0", "s3_1"]


FAULTS = [
    ("empty", FencedFormat(), "  \n", "empty", "empty"),
    ("no call", FencedFormat(), "I would run the tests.", "no tool call", "```bash"),
    ("code alone", FencedFormat(), "```python\nx = 1\n```", "no tool call", "bash, read"),
    ("open fence", FencedFormat(), "```write a.py\nx = 1\n", "unclosed fence", "end it"),
    ("no path", FencedFormat(), "```write\nx\n```", "write block without a path", "```write PATH"),
    (
        "no sections",
        FencedFormat(),
        "```edit a.py\nx\n```",
        "edit block without whole sections",
        "SEARCH",
    ),
    (
        "near miss",
        FencedFormat(),
        '{"name": "writes", "arguments": {"path": "a"}}',
        "unknown tool writes",
        "Did you mean `write`?",
    ),
    (
        "missing argument",
        FencedFormat(),
        '{"name": "write", "arguments": {"path": "a"}}',
        "bad arguments for write",
        "needs `content`",
    ),
    (
        "unknown argument",
        FencedFormat(),
        '{"name": "bash", "arguments": {"comand": "a"}}',
        "bad arguments for bash",
        "did you mean `command`?",
    ),
    (
        "wrong type",
        FencedFormat(),
        '{"name": "read", "arguments": {"path": "a", "start": "top"}}',
        "bad arguments for read",
        "`start` must be a whole number",
    ),
    ("talk", NativeFormat(), "I think it is done.", "no tool call", "`finish`"),
    ("prose", SpliceFormat(("a.py",)), "Just change the sign.", "no code", "a.py"),
    ("one part of one", SpliceFormat(("a.py",)), "a.py: change the sign", "no code", "a.py"),
    (
        "which file",
        SpliceFormat(("a.py", "b.py")),
        "```python\ndef f(): ...\n```",
        "code without a path",
        "a.py, b.py",
    ),
    (
        "placeholder",
        SpliceFormat(("a.py",)),
        "```python\ndef f():\n    # ... existing code ...\n    return 1\n```",
        "placeholder",
        "existing code",
    ),
    (
        "a block that would empty a file",
        SpliceFormat(("a.py",)),
        "```write a.py\n```",
        "write block without content",
        "a.py is not",
    ),
    (
        "placeholder, other words",
        SpliceFormat(("a.py",)),
        "```python\nclass A:\n    def f(self): return 1\n\n    # rest unchanged\n```",
        "placeholder",
        "rest unchanged",
    ),
]


@pytest.mark.parametrize(
    ("format_", "text", "fault", "told"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_faults_are_corrected(format_: Format, text: str, fault: str, told: str) -> None:
    with pytest.raises(MalformedReply) as raised:
        format_.parse(reply(text), TOOLS)
    assert raised.value.fault == fault
    assert told in raised.value.correction
    assert len(raised.value.correction) < 500


@pytest.mark.parametrize("format_", [NativeFormat(), FencedFormat(), SpliceFormat(("a.py",))])
def test_what_was_cut_off_is_never_done(format_: Format) -> None:
    with pytest.raises(MalformedReply, match="cut off"):
        format_.parse(reply("```bash\nrm -rf build\n```", finish="length"), TOOLS)


def test_a_delegation_where_it_is_not_offered_is_an_unknown_tool() -> None:
    few = tuple(tool for tool in TOOLS if tool.name != "delegate")
    with pytest.raises(MalformedReply, match="unknown tool delegate"):
        FencedFormat().parse(reply("```delegate\ngoal: x\n```"), few)


def test_a_search_in_several_places_is_refused_rather_than_cut() -> None:
    with pytest.raises(MalformedReply, match="several places") as raised:
        FencedFormat().parse(reply('```search "def total" src/ tests/\n```'), TOOLS)
    assert '```search "def total" PATH' in raised.value.correction


def test_native_calls_keep_their_ids_and_are_coerced() -> None:
    call = Call(id="toolu_1", name="read", arguments={"path": "a.py", "start": "3", "end": None})
    (parsed,) = NativeFormat().parse(reply("", call, finish="tool_calls"), TOOLS)
    assert parsed == Call(id="toolu_1", name="read", arguments={"path": "a.py", "start": 3})


def test_native_reads_calls_that_the_server_left_in_the_text() -> None:
    assert read(NativeFormat(), '{"name": "bash", "arguments": {"command": "ls"}}') == [
        ("bash", {"command": "ls"})
    ]


def test_native_shows_broken_arguments_back() -> None:
    with pytest.raises(MalformedReply) as raised:
        NativeFormat().parse(reply("", broken='bash({"command": "l)'), TOOLS)
    assert 'bash({"command": "l)' in raised.value.correction


def test_flat_edits_become_a_list() -> None:
    call = Call(id="1", name="str_replace", arguments={"path": "a", "old_str": "x", "new_str": "y"})
    (parsed,) = NativeFormat().parse(reply("", call), TOOLS)
    assert parsed.arguments == {"path": "a", "edits": [{"search": "x", "replace": "y"}]}


ONE = SpliceFormat(("src/cart.py",))
TWO = SpliceFormat(("src/cart.py", "src/shop.py"))
CODE = "def total(prices):\n    return sum(prices)\n"
SPLICES = [
    ("the only file", ONE, f"Wrong sign.\n```python\n{CODE}```", ["src/cart.py"]),
    ("path on the line before", TWO, f"src/shop.py\n```python\n{CODE}```", ["src/shop.py"]),
    ("path as a heading", TWO, f"### `src/shop.py`:\n\n```py\n{CODE}```", ["src/shop.py"]),
    ("path with words", TWO, f"Updated file: **src/shop.py**\n```\n{CODE}```", ["src/shop.py"]),
    ("path in the info", TWO, f"```python src/shop.py\n{CODE}```", ["src/shop.py"]),
    ("path after a colon", TWO, f"```python:src/shop.py\n{CODE}```", ["src/shop.py"]),
    ("path as first comment", TWO, f"```python\n# src/shop.py\n{CODE}```", ["src/shop.py"]),
    ("path cut short", TWO, f"shop.py\n```python\n{CODE}```", ["src/shop.py"]),
    (
        "two files",
        TWO,
        f"src/cart.py\n```python\n{CODE}```\nand src/shop.py\n```python\n{CODE}```",
        ["src/cart.py", "src/shop.py"],
    ),
    (
        "an example of use is no change",
        TWO,
        f"src/cart.py\n```python\n{CODE}```\nUse it:\n```python\nprint(total([1]))\n```",
        ["src/cart.py"],
    ),
    (
        "nor is one beside the only file's functions",
        ONE,
        f"```python\n{CODE}```\nUse it:\n```python\nprint(total([1]))\n```",
        ["src/cart.py"],
    ),
    ("commands are ignored", ONE, f"```bash\npytest\n```\n```python\n{CODE}```", ["src/cart.py"]),
]


@pytest.mark.parametrize(
    ("format_", "text", "paths"), [s[1:] for s in SPLICES], ids=[s[0] for s in SPLICES]
)
def test_splice_finds_the_file(format_: SpliceFormat, text: str, paths: list[str]) -> None:
    *changes, (last, _) = read(format_, text)
    assert changes == [("splice", {"path": path, "code": CODE}) for path in paths]
    assert last == "finish"


def test_splice_ends_with_the_prose_as_summary() -> None:
    calls = read(ONE, f"The sign was wrong.\n\n`src/cart.py`:\n```python\n{CODE}```")
    assert calls[-1] == ("finish", {"status": "done", "summary": "The sign was wrong."})


def test_splice_writes_new_files() -> None:
    calls = read(ONE, "```write src/new.py\nx = 1\n```")
    assert calls[0] == ("write", {"path": "src/new.py", "content": "x = 1\n"})


def test_splice_waits_for_what_it_delegates() -> None:
    assert [name for name, _ in read(ONE, "```delegate\ngoal: x\n```")] == ["delegate"]


def test_splice_takes_no_ordinary_code_for_a_placeholder() -> None:
    code = (
        "def f(rest):\n    # sum the remaining prices\n    existing = rest\n    return existing\n"
    )
    assert read(ONE, f"```python\n{code}```")[0] == (
        "splice",
        {"path": "src/cart.py", "code": code},
    )


def test_knowing_gives_a_new_format() -> None:
    assert SpliceFormat().knowing(["a.py"]).paths == ("a.py",)


# ---- conversations in text ------------------------------------------------------------------


def test_results_become_words_of_the_user() -> None:
    call = Call(id="s1_0", name="read", arguments={"path": "a.py"})
    messages, native = FencedFormat().prepare(
        [
            Message("assistant", "```read a.py\n```", calls=(call,)),
            Message("tool", "x = 1", call_id="s1_0"),
        ],
        TOOLS,
    )
    assert not native
    assert [(m.role, m.text) for m in messages] == [
        ("assistant", "```read a.py\n```"),
        ("user", "Result of read a.py:\nx = 1"),
    ]
    assert not any(m.calls or m.call_id for m in messages)


def test_native_calls_are_written_out_for_text_formats() -> None:
    call = Call(id="1", name="bash", arguments={"command": "ls"})
    messages, _ = FencedFormat().prepare([Message("assistant", "", calls=(call,))], TOOLS)
    assert messages[0].text == "```bash\nls\n```"


@pytest.mark.parametrize("format_", [NativeFormat(), FencedFormat(), SpliceFormat()])
def test_usage_speaks_only_of_tools_on_offer(format_: Format) -> None:
    assert "```delegate" not in format_.usage(TOOLS[:2])


def test_what_a_reply_says_beside_its_blocks() -> None:
    said = "I take both.\n```accept wrap\n```\nThen mine:\n```edit a.py\nx\n```\n"
    assert prose(said) == "I take both.\nThen mine:"
    assert prose("```accept wrap\n```\n") == ""


def test_the_examples_in_the_usage_can_be_read() -> None:
    blocks, _ = scan(FencedFormat().usage(TOOLS))
    texts = [f"````{block.info}\n{block.body}````" for block in blocks]
    assert [name for text in texts for name, _ in read(FencedFormat(), text)] == [
        *("bash", "read", "search", "map", "edit", "write", "delegate", "finish")
    ]


def test_a_model_that_recites_the_instructions_is_stopped() -> None:
    with pytest.raises(MalformedReply, match="recited instructions"):
        FencedFormat().parse(reply(FencedFormat().usage(TOOLS)), TOOLS)


# ---- choice ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gguf:/models/qwen2.5-coder-1.5b-q4.gguf", "splice"),
        ("gguf:/models/some.gguf", "splice"),
        ("gguf:/models/qwen2.5-coder-7b.gguf", "fenced"),
        ("ollama/qwen2.5-coder:3b", "splice"),
        ("Qwen3-Coder-30B-A3B", "fenced"),
        ("my-own-model", "fenced"),
    ],
)
def test_auto_suits_the_model(model: str, name: str) -> None:
    assert choose_format("auto", model, None).name == name
    assert choose_format("native", model, None).name == "native"


def test_auto_takes_native_calls_where_the_model_is_known_for_them() -> None:
    assert choose_format("auto", "some-3b", True).name == "native"


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(UsageFault, match="native, fenced, splice"):
        format_named("xml")


# ---- properties -----------------------------------------------------------------------------

shards = st.sampled_from(
    [
        "```", "````", "```bash\n", "```edit a.py\n", "```write", "```json\n", "```python a.py\n",
        "\n", "<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", '{"name": ', '"bash"', "}", "]",
        '"arguments": ', "{", "[", "<tool_call>", "</tool_call>", "<function=read>", "x", " ", ",",
        '"tool_calls": [', "null", "goal: ", "# a.py\n", "~~~", "1e999", '"start": ', "\\", "'",
    ]
)  # fmt: skip
texts = st.one_of(st.text(), st.lists(shards, max_size=30).map("".join))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
argument_names = st.sampled_from(["path", "command", "edits", "start", "focus", "summary", "old"])


relaxed = settings(deadline=None)  # time is for other tests to judge: machines are shared


@pytest.mark.parametrize("format_", [NativeFormat(), FencedFormat(), SpliceFormat(("a.py",))])
@given(text=texts)
@example(text="{{}}")  # once read as a Python set of dicts
@example(text="[" * 5000)
@relaxed
def test_any_text_gives_calls_or_a_correction(format_: Format, text: str) -> None:
    try:
        calls = format_.parse(reply(text), TOOLS)
    except MalformedReply as malformed:
        assert malformed.correction
    else:
        assert calls


@given(
    name=st.sampled_from([tool.name for tool in TOOLS]) | st.text(max_size=8),
    arguments=st.dictionaries(argument_names, json_values, max_size=4),
)
@relaxed
def test_any_arguments_fit_the_schema_or_are_corrected(name: str, arguments: dict) -> None:
    import jsonschema

    try:
        (call,) = NativeFormat().parse(
            reply("", Call(id="1", name=name, arguments=arguments)), TOOLS
        )
    except MalformedReply as malformed:
        assert malformed.correction
    else:
        (spec,) = [tool for tool in TOOLS if tool.name == call.name]
        jsonschema.validate(call.arguments, spec.parameters)


lines = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40)
paths = st.from_regex(r"[a-z_]{1,8}(/[a-z_]{1,8}){0,2}\.(py|md|txt|go)", fullmatch=True)
sections = st.fixed_dictionaries({"search": lines, "replace": lines})


@given(
    st.one_of(
        st.builds(lambda c: ("bash", {"command": c}), lines.filter(bool)),
        st.builds(lambda p, c: ("write", {"path": p, "content": c}), paths, lines),
        st.builds(
            lambda p, e: ("edit", {"path": p, "edits": e}), paths, st.lists(sections, min_size=1)
        ),
        st.builds(lambda s: ("finish", {"status": "partial", "summary": s}), lines),
    )
)
@relaxed
def test_what_is_written_as_a_block_is_read_back_the_same(call: tuple[str, dict]) -> None:
    name, arguments = call
    block = write_block(Call(id="1", name=name, arguments=arguments))
    assert read(FencedFormat(), f"Some words.\n{block}\n") == [(name, arguments)]
    json.dumps(block)
