"""The office of tests/runs, for what a mode does with a run."""

from tests.runs.conftest import desk as desk
from tests.runs.conftest import office as office
