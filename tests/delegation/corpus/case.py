"""A case of the corpus: a history, the languages it is told in, and why its label is right."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType

from tests.delegation.corpus.history import History
from tests.delegation.corpus.programs import PROGRAMS, Program

Telling = Callable[[History], None]


@dataclass(frozen=True)
class Case:
    """`reason`, the telling's docstring, says what the definitions make of this history."""

    name: str
    reason: str
    tell: Telling
    programs: tuple[Program, ...]
    shared: bool  # also told with several children on the file


@dataclass(frozen=True)
class Variant:
    """One history of the corpus: a case in one language, alone or with others on the file."""

    case: Case
    program: Program
    shared: bool

    def __str__(self) -> str:
        company = "-shared" if self.shared else ""
        return f"{self.case.name}-{self.program.language}{company}"


def case(languages: Iterable[str] = (), *, shared: bool = False) -> Callable[[Telling], Case]:
    """Make a telling a case. No languages means every one."""
    wanted = frozenset(languages)
    programs = tuple(p for p in PROGRAMS if not wanted or p.language in wanted)

    def make(tell: Telling) -> Case:
        reason = " ".join((tell.__doc__ or "").split())
        assert reason, f"{tell.__name__} doesn't say why its label is right"
        return Case(tell.__name__, reason, tell, programs, shared)

    return make


def variants(modules: Iterable[ModuleType]) -> list[Variant]:
    """Every history that the modules' cases stand for."""
    cases = [one for module in modules for one in vars(module).values() if isinstance(one, Case)]
    return [
        Variant(one, program, shared)
        for one in cases
        for program in one.programs
        for shared in ((False, True) if one.shared else (False,))
    ]
