"""The plan's items and their states, and what was said and heard."""

from agentcli.ids import PERSON
from agentcli.journal.events import (
    AnyBody,
    Brief,
    Delegated,
    DelegationClosed,
    Event,
    LeaseLost,
    MessageDelivered,
    MessageSent,
    PlanItem,
    Planned,
    Result,
    Submitted,
)
from agentcli.journal.mail_folds import MailView
from agentcli.journal.plan_folds import PlanView


def event(body: AnyBody, agent: str = "1", at: float = 0) -> Event:
    return Event(run_id="r", seq=1, at=at, agent_id=agent, parent_id=None, body=body)


def plan_of(*events: Event) -> dict[str, tuple[str, str | None]]:
    view = PlanView()
    for each in events:
        view.apply(each)
    return {name: (item.state, item.agent) for name, item in view.items.items()}


def planned(*names: str, dropped: tuple[str, ...] = ()) -> Event:
    items = tuple(PlanItem(name=name, brief=Brief(goal=name)) for name in names)
    return event(Planned(items=items, dropped=dropped))


def delegated(name: str, child: str) -> Event:
    brief = Brief(goal=name)
    body = Delegated(delegation=child, brief=brief, base_tree="t", base_commit="c", item=name)
    return event(body)


SUBMITTED = Submitted(status="done", summary="", tree="t", commit="c")
CLOSED = DelegationClosed(
    delegation="1.1",
    result=Result(status="done"),
    rolled_back=False,
    tree="t",
    commit="c",
    end="discarded",
)


def test_an_item_goes_from_waiting_to_its_end() -> None:
    steps = [planned("a", "b"), delegated("a", "1.1"), event(SUBMITTED, "1.1"), event(CLOSED)]
    assert plan_of(*steps[:1]) == {"a": ("waits", None), "b": ("waits", None)}
    assert plan_of(*steps[:2])["a"] == ("at work", "1.1")
    assert plan_of(*steps[:3])["a"] == ("submitted", "1.1")
    assert plan_of(*steps) == {"a": ("discarded", "1.1"), "b": ("waits", None)}


def test_a_changed_plan_drops_items() -> None:
    assert list(plan_of(planned("a", "b"), planned("c", dropped=("a",)))) == ["b", "c"]


def test_a_lost_item_is_its_next_coders() -> None:
    lost = event(LeaseLost(delegation="1.1", reason="silent", tree="t"))
    late = event(SUBMITTED, "1.1")
    steps = [planned("a"), delegated("a", "1.1"), lost, delegated("a", "1.2"), late]
    assert plan_of(*steps[:3])["a"] == ("lost", "1.1")
    assert plan_of(*steps)["a"] == ("at work", "1.2")


def test_a_message_is_under_way_until_it_is_heard() -> None:
    view = MailView()
    view.apply(event(MessageSent(id="person#1", to="1.1", kind="message", text="hi"), PERSON, 5))
    assert [(m.to, m.sent_at, m.heard_at) for m in view.persons] == [("1.1", 5, None)]
    heard = MessageDelivered(id="person#1", sender=PERSON, kind="message", text="hi")
    view.apply(event(heard, "1.1", 7))
    assert [m.heard_at for m in view.persons] == [7]


def test_what_agents_say_to_each_other_is_not_the_persons() -> None:
    view = MailView()
    view.apply(event(MessageSent(id="1#1", to="1.1", kind="revise", text="again")))
    assert (view.persons, len(view.letters)) == ([], 1)
