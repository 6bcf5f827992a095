"""For any file: a function given back with another body changes nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from agentcli.codemap.splice import splice
from agentcli.codemap.syntax import syntax_fault, units

names = st.sampled_from(["alpha", "beta", "gamma", "delta", "größe"])
blank = st.sampled_from(["", "\n", "\n\n", "# note\n", "\n# note\n\n", "X = 1\n", "print('é')\n"])
decorators = st.sampled_from(["", "@cache\n", "@a.b(1)\n@c\n", "# Why.\n@c\n"])
bodies = st.sampled_from(
    ["return 1", "x = '''\n  deep\n'''\nreturn x", "# why\nif a:\n\n    b()\nelse:\n    c()"]
)


def indented(text: str, depth: int) -> str:
    first, *rest = text.split("\n")
    inside = "'''" in text  # a string's lines stay where they are
    pad = " " * depth
    lines = [line if not line or (inside and line != "return x") else pad + line for line in rest]
    return "\n".join([pad + first, *lines])


@st.composite
def functions(draw: st.DrawFn, depth: int, self_: str) -> list[tuple[str, str, str]]:
    """(before, head, body) of some functions with different names."""
    chosen = draw(st.lists(names, unique=True, min_size=1, max_size=3))
    pad = " " * depth
    return [
        (
            "".join(pad + line + "\n" for line in draw(decorators).splitlines()),
            f"{pad}def {name}_{len(self_)}({self_}):\n",
            indented(draw(bodies), depth + 4) + "\n",
        )
        for name in chosen
    ]


@given(st.data(), st.booleans())
def test_only_the_body_changes(data: st.DataObject, crlf: bool) -> None:
    free = data.draw(functions(0, ""))
    methods = data.draw(functions(4, "self"))
    pieces: list[str] = []
    targets: list[tuple[int, str]] = []  # the body's place in `pieces`, the head
    for group, opening in ((free, ""), (methods, "class Kind(Base):\n    y = 2\n\n")):
        pieces += [data.draw(blank), opening]
        for before, head, body in group:
            targets.append((len(pieces) + 2, head))
            pieces += [before, head, body, data.draw(blank) if group is free else "\n"]
    pieces.append(data.draw(blank))

    place, head = data.draw(st.sampled_from(targets))
    method = head.startswith(" ")
    body = indented("return changed(1)", 8 if method else 4) + "\n"
    given_code = head + body
    if method and data.draw(st.booleans()):
        given_code = "class Kind:\n" + given_code
    expected = "".join([*pieces[:place], body, *pieces[place + 1 :]])
    old = "".join(pieces)
    if crlf:
        old, expected = old.replace("\n", "\r\n"), expected.replace("\n", "\r\n")

    done = splice("a.py", old.encode(), given_code)

    assert done.data.decode() == expected
    assert len(done.replaced) == 1 and not done.added and not done.left_out
    assert syntax_fault("a.py", done.data) is None


@given(st.text(max_size=200), st.sampled_from(["a.py", "a.ts", "a.go", "a.rb", "a.cpp"]))
def test_no_text_is_too_odd_to_read(text: str, path: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    syntax_fault(path, data)
    for unit in units(path, data):
        assert 0 <= unit.start < unit.end <= len(data)
