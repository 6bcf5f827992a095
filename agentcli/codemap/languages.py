"""Languages by file name, their grammars (loaded when first needed) and our tag queries."""

import importlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import PurePosixPath

import tree_sitter

QUERY_VERSION = 1  # part of the cache key: raise it when a query or the tag rules change


@dataclass(frozen=True)
class Language:
    """A language we read. `queries` name files in queries/; later ones extend earlier ones."""

    name: str
    module: str  # the grammar's wheel
    queries: tuple[str, ...]
    entry: str = "language"  # the function in `module` that returns the grammar
    imports: tuple[str, ...] = ()  # node types that bring names in
    shell: tuple[str, str] = ("", "")  # put around bare methods so that they parse


_JS_IMPORTS = ("import_statement",)
_C_IMPORTS = ("preproc_include", "using_declaration")
_SHELL = ("class Shell__ {\n", "\n}\n")

LANGUAGES = {
    language.name: language
    for language in (
        Language(
            "python",
            "tree_sitter_python",
            ("python",),
            imports=("import_statement", "import_from_statement", "future_import_statement"),
        ),
        Language(
            "javascript",
            "tree_sitter_javascript",
            ("javascript", "jsfields"),
            imports=_JS_IMPORTS,
            shell=_SHELL,
        ),
        Language(
            "typescript",
            "tree_sitter_typescript",
            ("javascript", "typescript"),
            "language_typescript",
            imports=_JS_IMPORTS,
            shell=_SHELL,
        ),
        Language(
            "tsx",
            "tree_sitter_typescript",
            ("javascript", "typescript", "tsx"),
            "language_tsx",
            imports=_JS_IMPORTS,
            shell=_SHELL,
        ),
        Language("go", "tree_sitter_go", ("go",), imports=("import_declaration",)),
        Language("rust", "tree_sitter_rust", ("rust",), imports=("use_declaration",)),
        Language(
            "java",
            "tree_sitter_java",
            ("java",),
            imports=("import_declaration",),
            shell=_SHELL,
        ),
        Language("c", "tree_sitter_c", ("c",), imports=_C_IMPORTS),
        Language(
            "cpp",
            "tree_sitter_cpp",
            ("c", "cpp"),
            imports=_C_IMPORTS,
            shell=("struct Shell__ {\n", "\n};\n"),
        ),
        Language("ruby", "tree_sitter_ruby", ("ruby",)),
    )
}

_SUFFIXES = {
    "python": "py pyi pyw",
    "javascript": "js jsx mjs cjs",
    "typescript": "ts mts cts",
    "tsx": "tsx",
    "go": "go",
    "rust": "rs",
    "java": "java",
    "c": "c",
    # A .h may be either; the C++ grammar reads nearly all of C, the reverse does not hold.
    "cpp": "h cc cpp cxx c++ hh hpp hxx h++ ipp inl",
    "ruby": "rb rake gemspec ru",
}
_BY_SUFFIX = {
    f".{suffix}": name for name, suffixes in _SUFFIXES.items() for suffix in suffixes.split()
}
_BY_NAME = {"Rakefile": "ruby", "Gemfile": "ruby", "Vagrantfile": "ruby"}


def language_of(path: str) -> Language | None:
    """The language of a file by its name, None when we have no grammar for it."""
    name = PurePosixPath(path).name
    found = _BY_NAME.get(name) or _BY_SUFFIX.get(PurePosixPath(name).suffix.lower())
    return LANGUAGES[found] if found else None


def parse(language: Language, data: bytes) -> tree_sitter.Tree:
    """The syntax tree; never fails, what does not parse becomes ERROR and MISSING nodes."""
    return tree_sitter.Parser(_grammar(language)).parse(data)


@lru_cache
def query(language: Language, part: str) -> tree_sitter.Query:
    """The compiled query for `part`: `defs` or `refs`."""
    folder = files("agentcli.codemap") / "queries"
    sources = [folder / f"{name}.{part}.scm" for name in language.queries]
    text = "\n".join(source.read_text("utf-8") for source in sources if source.is_file())
    return tree_sitter.Query(_grammar(language), text)


@lru_cache
def _grammar(language: Language) -> tree_sitter.Language:
    module = importlib.import_module(language.module)
    return tree_sitter.Language(getattr(module, language.entry)())
