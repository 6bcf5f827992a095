"""The acceptance test of the API: one line for each rule that is broken, exit code 1 if any is."""

import subprocess
import sys

from app.routes import handle
from app.schema import validate

broken = []


def rule(name, holds):
    if not holds:
        broken.append(name)


def attempt(name, check):
    try:
        rule(name, check())
    except Exception as error:
        broken.append(f"{name}: {type(error).__name__}: {error}")


def workflow():
    notes = {}
    status, made = handle("POST", "/notes", {"title": "one"}, notes)
    rule("POST makes a note", status == 201 and made["id"] == 1 and made["title"] == "one")
    rule("POST refuses", handle("POST", "/notes", {"title": ""}, notes)[0] == 400)
    rule("POST counts on", handle("POST", "/notes", {"title": "two"}, notes)[1]["id"] == 2)
    listed = handle("GET", "/notes", None, notes)[1]
    rule("GET lists in order", [note["id"] for note in listed] == [1, 2])
    rule("GET finds one", handle("GET", "/notes/2", None, notes)[1]["title"] == "two")
    rule("GET misses", handle("GET", "/notes/9", None, notes) == (404, {"errors": ["not found"]}))
    changed = handle("PUT", "/notes/1", {"title": "uno"}, notes)
    rule("PUT changes", changed[0] == 200 and changed[1]["title"] == "uno")
    rule("PUT refuses", handle("PUT", "/notes/1", {"titel": "x"}, notes)[0] == 400)
    rule("PUT misses", handle("PUT", "/notes/9", {"title": "x"}, notes)[0] == 404)
    rule("DELETE removes", handle("DELETE", "/notes/1", None, notes) == (204, None))
    rule("DELETE misses", handle("DELETE", "/notes/1", None, notes)[0] == 404)
    rule("others are not allowed", handle("PATCH", "/notes", None, notes)[0] == 405)
    return True


attempt("a title is enough", lambda: validate({"title": "a"}) == [])
attempt("a body is allowed", lambda: validate({"title": "a", "body": "b"}) == [])
attempt("a title is needed", lambda: len(validate({"body": "b"})) == 1)
attempt("a title is text", lambda: len(validate({"title": 3})) == 1)
attempt("a title has at most 80 characters", lambda: len(validate({"title": "a" * 81})) == 1)
attempt("other keys are errors", lambda: len(validate({"title": "a", "x": 1})) == 1)
attempt("the workflow", workflow)
tests = subprocess.run(
    [sys.executable, "-m", "unittest", "discover", "-s", "tests"], capture_output=True, text=True
)
rule("its own tests pass", tests.returncode == 0 and "Ran 0 tests" not in tests.stderr)
for number, name in enumerate(broken, 1):
    print(f"not ok {number} - {name}")
print(f"{len(broken)} rules broken")
sys.exit(bool(broken))
