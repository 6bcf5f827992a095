"""The first words an agent hears: how to work, what to do, and what helps to begin."""

import asyncio
import re
from collections.abc import Iterable

from agentcli.agents.clip import clip
from agentcli.agents.tools.base import WorkContext, run_check
from agentcli.agents.tools.search import render_map
from agentcli.codemap.map import Codemap
from agentcli.filenames import is_test_file
from agentcli.journal.events import Brief, Check, Prompted
from agentcli.models.formats.parts import is_held_against
from agentcli.prompting import render
from agentcli.workspace.store import RunStore

_MAP_TOKENS = 1000
_SHOWN_FILES = 4
_FILE_CHARACTERS = 16_000  # of all files shown together
_FAILURE_CHARACTERS = 1200  # of a check's output: a small model mends the first failure at best
_PATH = re.compile(r"[\w./-]+\.\w{1,5}\b")


async def with_map(brief: Brief, context: WorkContext, codemap: Codemap) -> Prompted:
    """For models that use tools well: the brief and a map; they look at the rest themselves."""
    text = await render_map(codemap, context, tokens=_MAP_TOKENS)
    return Prompted(kind="task", text=render("coder/task.j2", brief=brief, map=text))


async def with_files(
    brief: Brief, context: WorkContext, *, attempt: int, news: str = ""
) -> Prompted:
    """For small models: everything in one prompt, that is the check's output and the files.

    Such models do better with whole files and a fresh context for each try than with tools
    (figures in docs/local-models.md).
    """
    check = await run_check(brief.check, context) if brief.check else None
    files = await _files_at_hand(brief, check, context)
    text = render(
        "coder/task_with_files.j2",
        brief=brief,
        check=check,
        failure=clip(check.output, _FAILURE_CHARACTERS) if check and not check.passed else "",
        files={path: text for path, text in files.items() if not is_held_against(path, brief)},
        tests={path: text for path, text in files.items() if is_held_against(path, brief)},
        attempt=attempt,
        news=news,
    )
    return Prompted(kind="task", text=text, files=tuple(files))


async def _files_at_hand(brief: Brief, check: Check | None, context: WorkContext) -> dict[str, str]:
    """The files most likely concerned: named in the brief or the check's output, or imported."""
    store, tree = context.workspace.store, context.workspace.tree
    blobs = store.files(tree)
    said = "\n".join([*brief.paths, brief.goal, brief.facts, check.output if check else ""])
    named = _named(said, blobs)
    imported = [p for path in named for p in _imported(await _read(store, blobs[path]), blobs)]
    ordered = list(dict.fromkeys([*(p for p in named if not is_test_file(p)), *imported, *named]))
    shown: dict[str, str] = {}
    room = _FILE_CHARACTERS
    for path in ordered[: _SHOWN_FILES * 2]:
        text = await _read(store, blobs[path])
        if len(shown) < _SHOWN_FILES and len(text) <= room:
            shown[path] = text
            room -= len(text)
    if not shown and len(blobs) <= _SHOWN_FILES:
        shown = {path: clip(await _read(store, blob), room) for path, blob in blobs.items()}
    return shown


def _named(text: str, known: Iterable[str]) -> list[str]:
    """Known files that a text names, by path or by a name that only one of them has."""
    paths = list(known)
    found: list[str] = []
    for mention in _PATH.findall(text):
        tail = mention.removeprefix("./")
        matches = [
            p for p in paths if p == tail or p.endswith("/" + tail) or tail.endswith("/" + p)
        ]
        if len(matches) == 1 and matches[0] not in found:
            found.append(matches[0])
    return found


def _imported(text: str, known: Iterable[str]) -> list[str]:
    modules = re.findall(r"^\s*(?:from\s+([\w.]+)\s+import|import\s+([\w.]+))", text, re.MULTILINE)
    names = {(a or b).strip(".").replace(".", "/") for a, b in modules}
    return [path for path in known if any(_is_module(path, name) for name in names if name)]


def _is_module(path: str, name: str) -> bool:
    stem = path.rsplit(".", 1)[0].removesuffix("/__init__")
    return stem == name or stem.endswith("/" + name)


async def _read(store: RunStore, blob: str) -> str:
    data = (await asyncio.to_thread(store.read_blobs, [blob]))[blob]
    return data.decode("utf-8", "replace")
