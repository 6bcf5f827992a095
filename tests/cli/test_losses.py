"""A file that an agent deleted and that git can't give back is called by its name."""

from tests.cli.conftest import Desk
from tests.support.scripted_server import ScriptedServer, Turn

DELETES = (
    Turn("x", [("bash", {"command": "rm -r a.py notes drafts.txt"})]),
    Turn("x", [("finish", {"status": "done", "summary": "tidied"})]),
)
TOLD = "deleted, and not in git: drafts.txt, notes/ü.txt; undo brings them back"


def test_run_show_and_apply_name_it_and_undo_brings_it_back(desk: Desk) -> None:
    (desk.repo / "drafts.txt").write_text("mine\n")
    (desk.repo / "notes").mkdir()
    (desk.repo / "notes" / "ü.txt").write_text("also mine\n")
    with ScriptedServer(DELETES) as server:
        place = ("--api-base", server.base, "--model", "scripted", "--sandbox", "host")
        ended = desk.type("run", "tidy up", "--mode", "solo", *place)
    for said in (ended, desk.type("show", "last"), desk.type("apply", "last")):
        assert TOLD in said.out.splitlines(), said
        assert "not in git: a.py" not in said.out
    assert not (desk.repo / "drafts.txt").exists()
    assert desk.type("undo", "last").code == 0
    assert (desk.repo / "drafts.txt").read_text() == "mine\n"
    assert (desk.repo / "notes" / "ü.txt").read_text() == "also mine\n"


def test_what_git_has_is_no_loss(desk: Desk) -> None:
    turns = (Turn("x", [("bash", {"command": "rm a.py && echo b > b.py"})]), DELETES[1])
    desk.run(*turns)
    out = desk.type("show", "last").out
    assert "D a.py" in out
    assert "not in git" not in out
