"""What each language's files define and refer to."""

from pathlib import Path

import pytest

from agentcli.codemap.languages import LANGUAGES, language_of, query
from agentcli.codemap.map import outline
from agentcli.codemap.tags import tags

SAMPLES = Path(__file__).parent / "samples"

# `lines what signature` of each definition, then `name:line` of each reference.
EXPECTED = {
    "Account.java": """
6-21 class public class Account extends Base implements Comparable<Account>
10-12 method public Account(Ledger ledger)
16-18 method public int compareTo(Account other)
20-20 enum enum State
23-25 interface interface Ledger
24-24 method Entry find(String id)
27-27 class record Entry(String id, long cents)
---
List:3 Entity:5 Base:6 Comparable:6 Account:6 List:8 Entry:8 Ledger:10 Override:15 Account:16
compare:17 total:17 total:17 Entry:24 String:24 String:27
""",
    "basket.rb": """
3-21 module module Shop
4-4 constant LIMIT = 20
6-20 class class Basket < Store
8-11 method def add(item)
13-15 method def self.open(path)
17-19 method def full?
---
require:1 Store:6 Item:9 check:9 notify:10 new:14 size:18
""",
    "cart.js": """
4-4 constant export const LIMIT = 20
7-9 function export function add(x, y)
11-21 class export default class Cart extends Store
14-16 method static empty()
18-20 method async save()
23-23 function const twice = (x)
25-27 function Cart.prototype.clear = function ()
29-31 function export const Badge = ({ count })
---
api:1 post:1 require:2 Store:11 Cart:15 send:19 url:19 add:23 Pill:30 Count:30
""",
    "engine.cpp": """
3-28 module namespace motor
5-15 class template <typename T> class Engine : public Machine
8-8 method Engine() : speed_(0)
9-9 method virtual ~Engine()
10-10 method int speed() const
11-11 method void stop()
17-17 type using Diesel = Engine<Oil>
19-22 method void Gear::shift(int to)
24-26 function const Gear& best(const std::vector<Gear>& gears)
---
T:5 Machine:6 Engine:17 Oil:17 check:20 move:21 Gear:24 vector:24 Gear:24 pick:25
""",
    "orders.py": """
8-8 constant MAX_ITEMS: int = 20
9-9 type type Prices = dict[str, Cash]
13-30 class class Order(Base, Generic[T])
20-21 method def total(self) -> Cash | None
23-30 method async def send(self, *, to: Address) -> None
24-25 function def retry() -> None
33-34 function def place(order: Order, stock: Stock) -> bool
---
dataclass:3 field:3 Money:5 Stock:6 reserve:6 int:8 dict:9 str:9 Cash:9 dataclass:12 Base:13
Generic:13 list:16 Item:16 field:16 property:19 Cash:20 sum_up:21 price:21 Address:23 post:25
retry:28 PostError:29 Order:33 Stock:33 bool:33 reserve:34
""",
    "queue.rs": """
3-3 constant pub const LIMIT: usize = 8
5-5 type pub type Items<T> = Vec<T>
8-10 struct pub struct Queue<T>
12-15 enum pub enum Full
17-19 trait pub trait Drain
18-18 method fn drain(&mut self) -> usize
21-26 impl impl<T> Queue<T>
23-25 method pub fn new() -> Self
28-34 impl impl<T> Drain for Queue<T>
29-33 method fn drain(&mut self) -> usize
36-38 function macro_rules! warn
40-42 module mod tests
41-41 function fn works()
---
std:1 Display:1 T:5 Vec:5 T:5 T:8 Items:9 T:9 T:21 T:21 Self:23 Self:24 make_items:24 T:28
Drain:28 T:28 truncate:30 limits:30 low:30 warn:31
""",
    "ring.c": """
4-4 constant #define RING_SIZE 64
5-5 function #define NEXT(i) (((i) + 1) % RING_SIZE)
7-7 type typedef unsigned long ring_size
9-12 struct struct ring
14-14 enum enum state
16-16 constant static int counter = 0
18-21 function static struct ring *ring_new(void)
23-26 function int ring_push(struct ring *r, slot_t value)
---
slot:10 ring_size:11 ring:18 calloc:20 ring:20 ring:23 slot_t:23 store:25
""",
    "ring.h": """
2-2 function int ring_push(struct ring *r, slot_t value)
---
ring:1 ring:2 slot_t:2
""",
    "shapes.ts": """
3-6 interface export interface Shape extends Named
4-4 method area(): number
8-8 type export type Shapes = Array<Shape> | Empty
10-10 enum export enum Kind
12-16 module namespace geometry
13-15 function export function twice(s: Shape): Shape[]
19-26 class export abstract class Base implements Shape
21-21 method abstract area(): number
23-25 method public async grow(by: number): Promise<this>
28-28 constant export const origin = new Point(0, 0)
---
Point:1 Named:3 Point:5 Array:8 Shape:8 Empty:8 Shape:13 Shape:13 clone:14 Shape:14 Shape:19
Point:20 Promise:23 scale:24 Point:28
""",
    "store.go": """
8-8 constant const MaxKeys = 100
10-10 constant var ErrFull = errors.New("full")
13-15 struct type Store struct
18-18 type Entry = string
19-21 interface Reader interface
20-20 method Read(key string) (Entry, error)
24-30 method func (s *Store) Put(key string, e Entry) error
32-34 function func Open(path string) *Store
---
New:10 string:14 Entry:14 string:18 string:20 Entry:20 error:20 Store:24 string:24 Entry:24
error:24 len:25 Debug:28 string:32 Store:32 Store:33 load:33
""",
    "view.tsx": """
3-3 interface interface Props
5-7 function export const Table = ({ rows }: Props): JSX.Element
9-11 function export default function App()
---
Row:1 RowData:3 Props:5 Element:5 Frame:6 map:6 Row:6 Table:10 load:10
""",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_definitions_and_references(name: str) -> None:
    found = tags(name, (SAMPLES / f"{name}.txt").read_bytes())
    defined, refers = EXPECTED[name].strip().split("\n---\n")
    assert [
        f"{t.line}-{t.end_line} {t.what} {t.signature}" for t in found if t.kind == "def"
    ] == defined.split("\n")
    assert [f"{t.name}:{t.line}" for t in found if t.kind == "ref"] == refers.split()


def test_every_language_has_a_sample_and_both_queries() -> None:
    assert {language_of(name) for name in EXPECTED} == set(LANGUAGES.values())
    for language in LANGUAGES.values():
        assert query(language, "defs").pattern_count > 0
        assert query(language, "refs").pattern_count > 0


def test_what_is_not_source_has_no_tags() -> None:
    code = b"def f():\n    return g()\n"
    assert len(tags("a.py", code)) == 2
    assert tags("a.unknown", code) == []
    assert tags("a.py", code + b"\0\1\2") == []  # binary
    assert tags("a.py", code + b"# filler\n" * 120_000) == []  # over 1 MB
    assert tags("a.js", b"function f(){return g()};" * 400) == []  # minified
    assert tags("a.py", b"") == []


def test_broken_and_wrongly_encoded_files_still_give_what_can_be_read() -> None:
    latin = "def größe():\n    return 'ä'\n\ndef plain(:\n\ndef last():\n    pass\n".encode(
        "latin-1"
    )
    names = [tag.name for tag in tags("a.py", latin) if tag.kind == "def"]
    assert "last" in names


def test_outline_shows_one_file_with_lines_and_nesting() -> None:
    assert outline("basket.rb", (SAMPLES / "basket.rb.txt").read_bytes()) == (
        " 3  module Shop\n"
        " 4    LIMIT = 20\n"
        " 6    class Basket < Store\n"
        " 8      def add(item)\n"
        "13      def self.open(path)\n"
        "17      def full?\n"
    )
    assert outline("notes.txt", b"def f(): pass") == ""
