"""The map of a small project: what it puts first, what it costs, what fits."""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha1
from pathlib import Path

import pytest

from agentcli.codemap.cache import TagCache
from agentcli.codemap.map import Codemap, Stats

PROJECT = {
    "shop/money.py": "class Money:\n    def convert_to(self, currency): ...\n",
    "shop/orders.py": (
        "from shop.money import Money\n\n\nclass Order:\n"
        "    def total_price(self) -> Money:\n        return Money()\n\n"
        "    def cancel_order(self):\n        def undo(): ...\n        undo()\n"
    ),
    "shop/stock.py": (
        "from shop.money import Money\n\n\ndef reserve_items(order):\n    return Money()\n"
    ),
    "shop/mail.py": "def send_mail(to):\n    return _connect(to)\n\n\ndef _connect(to): ...\n",
    "web/app.js": "export function startServer(port) {\n  return port;\n}\n",
    "web/app.min.js": "export function startServerMinified(port) { return port; }\n",
    "node_modules/x/index.js": "export function foreign() {}\n",
    "tests/test_orders.py": (
        "from shop.orders import Order\nfrom shop.stock import reserve_items\n"
        "from shop.money import Money\n\n\n"
        "def test_order():\n    reserve_items(Order())\n"
        "    assert Order().total_price() == Money()\n"
    ),
    "README.md": "# Shop\n",
    "uv.lock": "version = 1\n",
}


class Blobs:
    """Contents by id, and which ids were asked for."""

    def __init__(self, project: Mapping[str, str]) -> None:
        self.files = {path: sha1(text.encode()).hexdigest() for path, text in project.items()}
        self.contents = {self.files[path]: text.encode() for path, text in project.items()}
        self.asked: list[str] = []

    async def read(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        self.asked += ids
        return {blob: self.contents[blob] for blob in ids}


def words(text: str) -> int:
    return len(text.split())


@pytest.fixture
def cache(tmp_path: Path) -> TagCache:
    return TagCache(tmp_path / "cache.sqlite")


async def render(codemap: Codemap, blobs: Blobs, budget: int = 1000, **question: object) -> str:
    return await codemap.render(
        blobs.files,
        blobs.read,
        budget_tokens=budget,
        count_tokens=words,
        **question,  # type: ignore[arg-type]
    )


def order(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith(" ")]


async def test_the_whole_project_when_it_fits(cache: TagCache) -> None:
    text = await render(Codemap(cache), Blobs(PROJECT))
    assert order(text)[0] == "shop/money.py"  # all others refer to it
    assert set(order(text)) == {
        path for path in PROJECT if path.startswith(("shop", "tests")) or path == "web/app.js"
    }
    assert "  class Order\n    def total_price(self) -> Money\n    def cancel_order(self)\n" in text
    assert "undo" not in text


async def test_mentioned_names_and_files_in_focus_come_first(cache: TagCache) -> None:
    codemap, blobs = Codemap(cache), Blobs(PROJECT)
    by_name = await render(codemap, blobs, mentions="Why does startServer ignore the port?")
    by_file = await render(codemap, blobs, mentions="Please fix shop/mail.py.")
    by_focus = await render(codemap, blobs, focus=["shop/mail.py"])
    assert order(by_name)[0] == "web/app.js"
    assert order(by_file)[0] == "shop/mail.py"
    assert order(by_focus)[0] == "shop/mail.py"


async def test_a_module_that_is_named_like_code_comes_first(cache: TagCache) -> None:
    text = await render(Codemap(cache), Blobs(PROJECT), mentions="Let mail.send_all count letters")
    assert order(text)[0] == "shop/mail.py"


async def test_english_words_that_many_files_define_move_nothing(cache: TagCache) -> None:
    commons = {f"lib/common{n}.py": "def add():\n    pass\n" for n in range(5)}
    codemap, blobs = Codemap(cache), Blobs(PROJECT | commons)
    text = await render(codemap, blobs, budget=12, mentions="add a limit to cancel_order")
    assert order(text)[0] == "shop/orders.py"
    assert "def add" not in text


async def test_what_the_focus_refers_to_comes_next(cache: TagCache) -> None:
    text = await render(Codemap(cache), Blobs(PROJECT), focus=["shop/stock.py"])
    assert order(text).index("shop/money.py") < order(text).index("shop/orders.py")


async def test_elided_definitions_are_marked(cache: TagCache) -> None:
    text = await render(Codemap(cache), Blobs(PROJECT), budget=8, mentions="cancel_order")
    assert text == "shop/orders.py\n  class Order\n  …\n    def cancel_order(self)\n"


async def test_no_budget_is_exceeded_and_more_shows_more(cache: TagCache) -> None:
    codemap, blobs = Codemap(cache), Blobs(PROJECT)
    sizes = []
    for budget in range(0, 70):
        text = await render(codemap, blobs, budget=budget)
        assert words(text) <= budget
        sizes.append(words(text))
    assert sizes[0] == 0
    assert sizes == sorted(sizes)
    assert sizes[-1] > 25


async def test_the_map_does_not_depend_on_the_order_of_files(cache: TagCache) -> None:
    blobs = Blobs(PROJECT)
    first = await render(Codemap(cache), blobs)
    blobs.files = dict(reversed(blobs.files.items()))
    assert await render(Codemap(cache), blobs) == first


async def test_a_second_question_reads_nothing(cache: TagCache) -> None:
    codemap, blobs = Codemap(cache), Blobs(PROJECT)
    await render(codemap, blobs)
    assert codemap.stats == Stats(parsed=6, from_cache=0)
    asked = list(blobs.asked)
    await render(codemap, blobs, mentions="Order")
    assert blobs.asked == asked
    assert codemap.stats == Stats(parsed=6, from_cache=0)


async def test_a_new_process_takes_the_cache_and_reads_only_what_changed(cache: TagCache) -> None:
    await render(Codemap(cache), Blobs(PROJECT))
    changed = Blobs({**PROJECT, "shop/mail.py": "def send_letter(to): ...\n"})
    codemap = Codemap(cache)
    text = await render(codemap, changed)
    assert changed.asked == [changed.files["shop/mail.py"]]
    assert codemap.stats == Stats(parsed=1, from_cache=5)
    assert "send_letter" in text and "send_mail" not in text


async def test_a_changed_file_in_the_same_process(cache: TagCache) -> None:
    codemap = Codemap(cache)
    await render(codemap, Blobs(PROJECT))
    changed = Blobs({**PROJECT, "shop/mail.py": "def send_letter(to): ...\n"})
    assert "send_letter" in await render(codemap, changed)
    assert codemap.stats == Stats(parsed=7, from_cache=0)


async def test_questions_at_the_same_time_parse_once(cache: TagCache) -> None:
    codemap, blobs = Codemap(cache), Blobs(PROJECT)
    texts = await asyncio.gather(*(render(codemap, blobs) for _ in range(4)))
    assert len(set(texts)) == 1
    assert codemap.stats == Stats(parsed=6, from_cache=0)


async def test_nothing_to_map(cache: TagCache) -> None:
    assert await render(Codemap(cache), Blobs({})) == ""
    assert await render(Codemap(cache), Blobs({"README.md": "# Hi\n"})) == ""


async def test_a_failing_read_is_passed_on(cache: TagCache) -> None:
    async def read(ids: Sequence[str]) -> Mapping[str, bytes]:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await Codemap(cache).render(
            Blobs(PROJECT).files, read, budget_tokens=100, count_tokens=words
        )
