"""A trial that is carried out elsewhere comes home as if it had been carried out here."""

from dataclasses import replace
from pathlib import Path

from agentcli.compare.arms import parse_arm
from agentcli.compare.parcel import make_parcel, open_parcel, take_home
from agentcli.compare.plan import make_plan
from agentcli.compare.store import Claim
from agentcli.compare.study import open_study
from agentcli.journal.store import Journal
from agentcli.settings import Settings, state_dir
from agentcli.tasks.find import find_tasks
from agentcli.tasks.task import Limits
from tests.compare.conftest import Lab, Opened, does


def claim_and_study(it: Lab, tmp_path: Path) -> tuple[Claim, object]:
    tasks = find_tasks(str(it.tasks))
    base = Settings(
        model="openai/scripted", api_base=it.server.base, reply_format="native", sandbox="host"
    )
    plan = make_plan("p", tasks, [parse_arm("solo")], 1, Limits(), base)
    study = open_study(plan, tasks, base)
    return Claim(next(iter(plan.trials())), "elsewher", 1, "lease"), study


async def test_its_record_and_its_files_are_here_and_nothing_is_left_there(
    lab: Opened, tmp_path: Path
) -> None:
    with lab(does("one"), "one") as it, Journal() as journal:
        claim, study = claim_and_study(it, tmp_path)
        home = await open_parcel(make_parcel(claim, study))  # type: ignore[arg-type]
        assert journal.run_ids() == []
        assert not (state_dir() / "runs").exists()
        outcome = take_home(claim, home, journal)
        assert (outcome.score, outcome.run_id, outcome.steps) == ("solved", "elsewher", 2)
        assert take_home(claim, home, journal) == outcome  # twice is once
        assert journal.run_ids() == ["elsewher"]
        assert "one.txt" in it.desk.type("diff", "elsewher").out
        assert it.desk.type("show", "elsewher").code == 0


async def test_a_node_of_another_version_does_no_trial(lab: Opened, tmp_path: Path) -> None:
    with lab(does("one"), "one") as it:
        claim, study = claim_and_study(it, tmp_path)
        parcel = make_parcel(claim, study)  # type: ignore[arg-type]
        versions = parcel.plan.versions.model_copy(update={"agentcli": "9"})
        old = replace(parcel, plan=parcel.plan.model_copy(update={"versions": versions}))
        home = await open_parcel(old)
        assert home.outcome.score == "infra"
        assert "other versions: agentcli 9" in home.outcome.reason
        assert it.server.chats == []
