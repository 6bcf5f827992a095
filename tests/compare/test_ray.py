"""A study on a real Ray cluster: `pytest -m slow tests/compare/test_ray.py`.

Two nodes on this machine, each with its own Ray processes; one of them is killed in the middle.
"""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.compare.conftest import Opened, does, results
from tests.support.scripted_server import Answer

ray = pytest.importorskip("ray", reason="the extra agentcli[ray] is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NAMES = tuple(f"t{number}" for number in range(6))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head without room for trials, and two nodes with room for four each."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    for _ in range(2):
        made.add_node(num_cpus=1)
    yield made
    ray.shutdown()
    made.shutdown()


def test_a_node_dies_and_the_study_ends_as_if_it_had_not(lab: Opened, cluster: Any) -> None:
    quick = does(*NAMES)

    def slow(request: dict[str, Any]) -> Answer:
        answer = quick(request)
        time.sleep(1.0)  # so that the node dies in the middle of its trials
        return answer

    with lab(slow, *NAMES) as it:
        doomed = next(iter(cluster.worker_nodes))
        at_work = threading.Event()

        def kill_once_at_work() -> None:
            while len(it.server.chats) < 3:
                time.sleep(0.1)
            cluster.remove_node(doomed, allow_graceful=False)
            at_work.set()

        killer = threading.Thread(target=kill_once_at_work)
        killer.start()
        place = ("--executor", "ray", "--address", cluster.address)
        said = it.type("batch", *place, "-j", "6", "--max-total-time", "200")
        killer.join()
        assert at_work.is_set()
        assert said.code == 0, said
        assert "is tried again" in said.err  # the lost node's trials
        ends = {one[2]: one for one in results(said)}
        assert set(ends) == set(NAMES)
        for one in ends.values():
            assert one[4:6] == ("solved", "verified")
        attempts = [trial["attempts"] for trial in said.json["trials"]]
        assert max(attempts) > 1
        for trial in said.json["trials"]:  # the record is at home
            shown = it.desk.type("show", trial["run_id"], "--json")
            assert json.loads(shown.out)["status"] == "verified"
