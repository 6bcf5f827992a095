"""Notes in the person's repository: added, never lost, and only our own taken out."""

from concurrent.futures import ThreadPoolExecutor

from agentcli.workspace.notes import NOTES_REF, add_notes, read_notes, remove_notes
from tests.workspace.conftest import Person


def test_git_log_shows_them(person: Person) -> None:
    commit = person.commit()
    add_notes(person.root, {commit: ['{"a": 1}', "ü"]})
    assert person.git("log", "-1", "--notes=agentcli", "--format=%N").strip() == '{"a": 1}\nü'


def test_lines_are_added_to_what_is_there_and_not_doubled(person: Person) -> None:
    first, second = person.commit("one"), person.commit("two")
    person.git("notes", "--ref=agentcli", "add", "-m", "mine", first)
    add_notes(person.root, {first: ["a", "b"]})
    add_notes(person.root, {first: ["b", "c"], second: ["d"]})
    assert read_notes(person.root) == {first: ["mine", "a", "b", "c"], second: ["d"]}


def test_a_commit_that_is_not_there_is_passed_over(person: Person) -> None:
    commit = person.commit()
    add_notes(person.root, {"1" * 40: ["lost"], commit: ["kept"]})
    assert read_notes(person.root) == {commit: ["kept"]}


def test_only_our_lines_are_taken_out(person: Person) -> None:
    first, second = person.commit("one"), person.commit("two")
    person.git("notes", "add", "-m", "an ordinary note", first)
    add_notes(person.root, {first: ["ours 1", "theirs"], second: ["ours 2"]})
    remove_notes(person.root, lambda line: line.startswith("ours"))
    assert read_notes(person.root) == {first: ["theirs"]}
    assert person.git("notes", "show", first) == "an ordinary note"


def test_nothing_to_do_makes_no_commit(person: Person) -> None:
    commit = person.commit()
    remove_notes(person.root, lambda line: True)
    assert person.git("for-each-ref", NOTES_REF) == ""
    add_notes(person.root, {commit: ["a"]})
    tip = person.git("rev-parse", NOTES_REF)
    add_notes(person.root, {commit: ["a"]})
    assert person.git("rev-parse", NOTES_REF) == tip


def test_runs_that_end_together_lose_nothing(person: Person) -> None:
    commit = person.commit()
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(add_notes, person.root, {commit: [str(n)]}) for n in range(6)]:
            done.result()
    assert sorted(read_notes(person.root)[commit]) == list("012345")
