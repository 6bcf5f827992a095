"""Splicing in the other languages: by name, all else kept."""

import pytest

from agentcli.codemap.splice import SpliceError, splice

JAVASCRIPT = """\
import { a } from './a';

/** Adds. */
export function add(x, y) {
  return x + y;
}

export class Box extends Base {
  size = 1;

  async get() {
    return this.v;
  }
}

const twice = (x) => {
  return x * 2;
};

module.exports = { add, twice };
"""
TYPESCRIPT = """\
export abstract class Base implements Shape {
    @log()
    public area(): number {
        return 1;
    }
}

export const f = async (x: number): Promise<number> => {
    return x;
};
"""
GO = """\
package main

import (
\t"fmt"
)

// T is.
type T struct {
\ta int
}

// Get gets.
func (t *T) Get() int {
\treturn t.a
}

func main() {
\tfmt.Println("x")
}
"""
RUST = """\
#[derive(Debug)]
pub struct P { x: i32 }

impl P {
    /// New.
    pub fn new(x: i32) -> Self {
        P { x }
    }
}

impl fmt::Display for P {
    fn fmt(&self, f: &mut Formatter) -> Result {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn works() {}
}
"""
JAVA = """\
public class A {
    /** Doc. */
    @Override
    public String toString() {
        return "A";
    }

    public int add(int a) { return a; }

    public int add(int a, int b) { return a + b; }
}
"""
C = """\
#include <stdio.h>

#define N 3

static int add(int a, int b)
{
    return a + b;
}

int main(void)
{
    return add(1, 2);
}
"""
CPP = """\
namespace ns {

template <typename T>
class Foo : public Bar {
public:
    int get() const { return 1; }
};

int Other::run(int x) {
    return x;
}

}  // namespace ns
"""
RUBY = """\
require "json"

module Shop
  class Cart < Base
    # Adds.
    def add(item)
      @items << item
    end
  end
end
"""

CASES = {
    "js: export and doc stay": (
        "a.js",
        JAVASCRIPT,
        "function add(x, y) {\n  return y;\n}",
        [("return x + y;", "return y;")],
    ),
    "js: bare method": (
        "a.js",
        JAVASCRIPT,
        "async get() {\n  return 1;\n}",
        [("return this.v;", "return 1;")],
    ),
    "js: shell, arrow function, exports, import": (
        "a.js",
        JAVASCRIPT,
        "import { a, b } from './a';\nclass Box {\n  set(v) {\n    this.v = v;\n  }\n}\n"
        "const twice = (x) => b;\nmodule.exports = { twice };\n",
        [
            ("'./a';\n", "'./a';\nimport { b } from './a';\n"),
            ("this.v;\n  }\n", "this.v;\n  }\n\n  set(v) {\n    this.v = v;\n  }\n"),
            ("(x) => {\n  return x * 2;\n};", "(x) => b;"),
            ("{ add, twice }", "{ twice }"),
        ],
    ),
    "js: field": (
        "a.js",
        JAVASCRIPT,
        "class Box {\n  size = 2;\n  depth = 3;\n}",
        [("size = 1;", "size = 2;\n  depth = 3;")],
    ),
    "ts: decorated bare method": (
        "a.ts",
        TYPESCRIPT,
        "public area(): number {\n    return 2;\n}",
        [("return 1;", "return 2;")],
    ),
    "ts: exported arrow function": (
        "a.ts",
        TYPESCRIPT,
        "export const f = (x: number): number => x;",
        [
            (
                "async (x: number): Promise<number> => {\n    return x;\n};",
                "(x: number): number => x;",
            )
        ],
    ),
    "go: method, struct, import": (
        "a.go",
        GO,
        'package main\n\nimport (\n\t"fmt"\n\t"os"\n)\n\ntype T struct {\n\ta, b int\n}\n\n'
        "func (t *T) Get() int {\n\treturn t.b\n}\n",
        [
            ('"fmt"\n)\n', '"fmt"\n)\nimport "os"\n'),
            ("\ta int", "\ta, b int"),
            ("t.a", "t.b"),
        ],
    ),
    "rust: bare function of an impl": (
        "a.rs",
        RUST,
        "pub fn new(x: i32) -> Self {\n    P { x: 1 }\n}",
        [("P { x }", "P { x: 1 }")],
    ),
    "rust: one of two impls, struct, new function before the tests": (
        "a.rs",
        RUST,
        "impl P {\n    fn two(&self) -> i32 {\n        2\n    }\n}\n\n"
        "pub struct P { x: i64 }\n\nfn helper() {}\n",
        [
            ("x: i32 }\n", "x: i64 }\n"),
            (
                "P { x }\n    }\n",
                "P { x }\n    }\n\n    fn two(&self) -> i32 {\n        2\n    }\n",
            ),
            ("Ok(())\n    }\n}\n", "Ok(())\n    }\n}\n\nfn helper() {}\n"),
        ],
    ),
    "java: annotation and doc stay": (
        "A.java",
        JAVA,
        'public String toString() {\n    return "B";\n}',
        [('"A"', '"B"')],
    ),
    "java: stripped": (
        "A.java",
        JAVA,
        'public String toString() {\n        return "B";\n    }',
        [('"A"', '"B"')],
    ),
    "java: overload, and a new method": (
        "A.java",
        JAVA,
        "public int add(int a, int b) { return b; }\n\npublic int sub(int a) { return -a; }",
        [("{ return a + b; }\n", "{ return b; }\n\n    public int sub(int a) { return -a; }\n")],
    ),
    "c: function, define, include": (
        "a.c",
        C,
        "#include <stdlib.h>\n#define N 4\n\nstatic int add(int a, int b)\n{\n    return b;\n}\n",
        [
            ("<stdio.h>\n", "<stdio.h>\n#include <stdlib.h>\n"),
            ("N 3", "N 4"),
            ("return a + b;", "return b;"),
        ],
    ),
    "cpp: member by member, namespace and template stay": (
        "a.cpp",
        CPP,
        "class Foo {\npublic:\n    int get() const { return 2; }\n};\n\n"
        "int Other::run(int x) {\n    return 0;\n}\n\nint more() { return 1; }\n",
        [
            ("return 1;", "return 2;"),
            ("    return x;\n}\n", "    return 0;\n}\n\nint more() { return 1; }\n"),
        ],
    ),
    "cpp: a class without its semicolon": (
        "a.cpp",
        CPP,
        "class Foo {\npublic:\n    int get() const { return 2; }\n}",
        [("return 1;", "return 2;")],
    ),
    "cpp: bare constructor": (
        "a.cpp",
        "class Foo {\n  explicit Foo(int a) : a_(a) {}\n};\n",
        "explicit Foo(int a) : a_(a + 1) {}",
        [("a_(a)", "a_(a + 1)")],
    ),
    "ruby: stripped": (
        "a.rb",
        RUBY,
        "def add(item)\n      @items.push(item)\n    end",
        [("@items << item", "@items.push(item)")],
    ),
    "ruby: bare method": (
        "a.rb",
        RUBY,
        "def add(item)\n  @items.push(item)\nend",
        [("@items << item", "@items.push(item)")],
    ),
    "ruby: class without its module": (
        "a.rb",
        RUBY,
        'require "set"\nclass Cart\n  def total\n    1\n  end\nend',
        [
            ('"json"\n', '"json"\nrequire "set"\n'),
            ("item\n    end\n", "item\n    end\n\n    def total\n      1\n    end\n"),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_was_given_changes(case: str) -> None:
    path, old, code, changes = CASES[case]
    expected = old
    for before, after in changes:
        assert expected.count(before) == 1
        expected = expected.replace(before, after)
    assert splice(path, old.encode(), code).data.decode() == expected


def test_code_that_does_not_parse_is_refused() -> None:
    with pytest.raises(SpliceError, match="does not parse: line 2"):
        splice("a.go", GO.encode(), "func main() {\n\tfmt.Println(\n}\n")
