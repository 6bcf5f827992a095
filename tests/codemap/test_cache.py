"""Tags kept by content, across processes and accidents."""

import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from agentcli.codemap import cache as cache_module
from agentcli.codemap.cache import TagCache
from agentcli.codemap.languages import LANGUAGES
from agentcli.codemap.tags import FileTags, file_tags

PYTHON = LANGUAGES["python"]


def some_tags(number: int = 1) -> FileTags:
    return file_tags(PYTHON, f"class A{number}:\n    def f(self): return gg()\n".encode())


def put_many(path: Path, first: int) -> None:
    for number in range(first, first + 50):
        TagCache(path).put({(f"blob{number}", "python"): some_tags(number)})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cache.sqlite"


def test_what_was_put_is_got_by_another_instance(path: Path) -> None:
    entries = {(f"b{n}", "python"): some_tags(n) for n in range(1200)}
    TagCache(path).put(entries)
    assert TagCache(path).get([*entries, ("unknown", "python"), ("b1", "go")]) == entries


def test_a_new_query_version_forgets(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TagCache(path).put({("b", "python"): some_tags()})
    monkeypatch.setattr(cache_module, "QUERY_VERSION", cache_module.QUERY_VERSION + 1)
    assert TagCache(path).get([("b", "python")]) == {}


def test_a_damaged_file_is_made_anew(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database " * 500)
    cache = TagCache(path)
    assert cache.get([("b", "python")]) == {}
    cache.put({("b", "python"): some_tags()})
    assert cache.get([("b", "python")]) == {("b", "python"): some_tags()}


def test_a_damaged_row_is_left_out(path: Path) -> None:
    cache = TagCache(path)
    cache.put({("a", "python"): some_tags(1), ("b", "python"): some_tags(2)})
    with sqlite3.connect(path) as db:
        db.execute("UPDATE tags SET data = '[[' WHERE key LIKE 'a:%'")
    db.close()
    assert list(cache.get([("a", "python"), ("b", "python")])) == [("b", "python")]


def test_an_unusable_place_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = TagCache(tmp_path / "file" / "cache.sqlite")
    cache.put({("b", "python"): some_tags()})
    assert cache.get([("b", "python")]) == {}


def test_the_oldest_entries_give_way(path: Path) -> None:
    cache = TagCache(path, max_bytes=20_000)
    for number in range(400):
        cache.put({(f"b{number}", "python"): some_tags(number)})
    kept = cache.get([(f"b{number}", "python") for number in range(400)])
    with sqlite3.connect(path) as db:
        (size,) = db.execute("SELECT sum(length(data)) FROM tags").fetchone()
    db.close()
    assert size <= 20_000
    assert ("b399", "python") in kept and ("b0", "python") not in kept


def test_processes_share_it(path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(put_many, [path, path], [0, 50]))
    assert len(TagCache(path).get([(f"blob{n}", "python") for n in range(100)])) == 100
