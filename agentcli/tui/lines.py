"""Events as items of an agent's stream: a line each, with more behind it where there is more."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from agentcli.agents.clip import clip, one_line
from agentcli.agents.conversation import describe, saying
from agentcli.journal.events import (
    AgentStarted,
    Compacted,
    DelegationClosed,
    DelegationRefused,
    Event,
    FileChange,
    GateDecided,
    GuardTripped,
    Landed,
    LeaseLost,
    LimitHit,
    Merged,
    MessageDelivered,
    MessageSent,
    ModelReplied,
    ModelRetried,
    Planned,
    PowerDenied,
    Prompted,
    RoleTaken,
    RunEnded,
    RunResumed,
    SandboxOpened,
    Submitted,
    ToolReturned,
    Verified,
)
from agentcli.plain import plain
from agentcli.runs.look import with_yours

_LONG = 6000  # characters that an item shows when it is opened
_LINES = 8  # of a reply that show unasked
_RULE = "─" * 12


Form = Literal["text", "code", "patch"]


@dataclass(frozen=True)
class Detail:
    """A part of what shows when an item is opened. `path` says the language of code."""

    text: str
    form: Form = "text"
    path: str = ""


@dataclass(frozen=True)
class Item:
    """`mark` and `tone` (a theme's colour) say what it is; `more` shows when it is opened."""

    seq: int
    mark: str
    text: str
    tone: str = "text"
    more: tuple[Detail, ...] = ()
    is_markdown: bool = False


def item_of(event: Event) -> Item | None:
    """What a person wants to know of an event, if anything. All of it is harmless text."""
    shown = _shown(event)
    if shown is None:
        return None
    mark, text, tone, more = shown
    details = (Detail(more),) if isinstance(more, str) else more
    harmless = tuple(replace(d, text=plain(clip(d.text, _LONG))) for d in details if d.text)
    is_reply = isinstance(event.body, ModelReplied)
    return Item(event.seq, mark, plain(text), tone, harmless, is_reply)


Shown = tuple[str, str, str, str | tuple[Detail, ...]]


def _shown(event: Event) -> Shown | None:
    match event.body:
        case ModelReplied() as body if said := saying(body):
            return _reply(said, body.text.strip())
        case ToolReturned() as body:
            return _tool(body)
        case Prompted(kind="correction") as body:
            return "↺", f"the reply could not be used: {body.fault}", "warning", body.text
        case Prompted(kind="note") as body:
            return "·", one_line(body.text, 200), "muted", body.text
        case AgentStarted() as body:
            return "●", one_line(body.brief.goal, 400), "primary", _brief(body)
        case Submitted() as body:
            tone = "success" if body.status == "done" else "warning"
            return "◆", f"{body.status}: {one_line(body.summary, 300)}", tone, body.summary
        case Verified() as body:
            return _verdict(body)
        case Landed() as body:
            names = "\n".join(f"{c.status} {c.path}" for c in body.changes)
            return "⚑", f"landed on branch {body.branch}", "muted", names
        case _:
            return _notice(event) or _between_agents(event)


def _notice(event: Event) -> Shown | None:
    """Of the run itself: limits, retries, its end."""
    match event.body:
        case SandboxOpened() as body:
            return "·", f"{body.isolation} ({body.seconds:.1f} s)", "muted", ""
        case RunResumed():
            return "▶", "resumed", "primary", ""
        case RunEnded() as body:
            tone = "success" if body.exit_code == 0 else "error"
            return "■", f"{body.status.replace('_', ' ')}: {body.reason}", tone, ""
        case LimitHit() as body:
            return "!", f"limit reached: {body.limit} = {body.value:g}", "error", ""
        case ModelRetried() as body:
            again = f"again in {body.wait:.0f} s, " if body.wait else ""
            line = f"{one_line(body.error, 160)} → {again}{body.next_model}"
            return "↺", line, "warning", body.error
        case GuardTripped() as body:
            return "!", body.reason, "warning", ""
        case Compacted() as body:
            sizes = f"{body.tokens_before:,} → {body.tokens_after:,} tokens"
            return "·", f"context shortened, {sizes}", "muted", ""
        case _:
            return None


def _between_agents(event: Event) -> Shown | None:
    """Of handing work down and taking it back."""
    match event.body:
        case Planned() as body:
            plan = "\n".join(f"{item.name}: {item.brief.goal}" for item in body.items)
            return "≡", f"plan of {len(body.items)}", "primary", plan
        case DelegationRefused() as body:
            return "⊘", f"not delegated: {body.reason}", "warning", body.goal
        case DelegationClosed() as body:
            end = body.end or ("rolled back" if body.rolled_back else "integrated")
            line = f"{body.delegation} {end}: {one_line(body.result.summary, 200)}"
            return "⤶", line, "primary", body.reason
        case Merged() as body:
            return "⤶", f"merged {body.delegation}", "muted", ""
        case MessageSent() as body:
            return "→", f"to {body.to}, {body.kind}: {one_line(body.text)}", "accent", body.text
        case MessageDelivered() as body:
            line = f"from {body.sender}, {body.kind}: {one_line(body.text)}"
            return "←", line, "accent", body.text
        case GateDecided() as body:
            verdict = "allowed" if body.allowed else "denied"
            line = f"override of {body.delegation} ({body.act}) {verdict}: {body.reason}"
            return "⚖", line, "warning", body.stated
        case PowerDenied() as body:
            return "⊘", f"{body.tool} denied: {body.reason}", "warning", ""
        case LeaseLost() as body:
            return "!", f"{body.delegation} is given up: {body.reason}", "warning", ""
        case RoleTaken(role=None) as body:
            return "·", f"{body.agent} abstains: {one_line(body.reason, 160)}", "muted", ""
        case RoleTaken() as body:
            return "·", f"{body.agent} is the {body.role}", "primary", ""
        case _:
            return None


def _reply(said: str, whole: str) -> Shown:
    """What it says; opened, as it was written."""
    lines = said.splitlines()
    if len(lines) <= _LINES:
        return " ", said, "text", whole if whole != said else ""
    left = len(lines) - _LINES
    return " ", "\n".join(lines[:_LINES]) + f"\n… {left} more lines", "text", whole


def _tool(body: ToolReturned) -> Shown:
    parts = [describe(body.call, 160)]
    if body.exit_code not in (None, 0):
        parts.append(f"exit {body.exit_code}")
    if body.checkpoint is not None:
        added, removed = body.checkpoint.lines
        parts.append(f"+{added} −{removed}")
    if body.seconds >= 1:
        parts.append(f"{body.seconds:.1f} s")
    return "▸", "  ".join(parts), "success" if body.ok else "error", _call(body)


def _call(body: ToolReturned) -> tuple[Detail, ...]:
    return (*_arguments(body.call.name, body.call.arguments), *_outcome(body))


def _arguments(tool: str, given: dict[str, Any]) -> Iterator[Detail]:
    """What was asked for: a change of a file as such, the rest by name."""
    path = str(given.get("path", ""))
    match tool, given:
        case "edit", {"old": str(old), "new": str(new)}:
            yield Detail(path)
            yield Detail("\n".join([*_signed("-", old), *_signed("+", new)]), "patch", path)
        case "write", {"content": str(content)}:
            yield Detail(path)
            yield Detail(content, "code", path)
        case "bash", {"command": str(command)}:
            yield Detail(command, "code", "command.sh")
        case _:
            yield Detail("\n".join(f"{name}: {value}" for name, value in given.items()))


def _signed(sign: str, text: str) -> list[str]:
    return [f"{sign}{line}" for line in text.splitlines()]


def _outcome(body: ToolReturned) -> Iterator[Detail]:
    if body.checkpoint is not None:
        yield Detail("\n".join(map(_changed, body.checkpoint.changes)))
    if body.check is not None:
        mark = "✓ passes" if body.check.passed else "✗ fails"
        yield Detail(f"{mark}: {body.check.command}\n{body.check.output}".strip())
    elif body.output:
        yield Detail(f"{_RULE}\n{body.output}")


def _changed(change: FileChange) -> str:
    return f"{change.status} {change.path}  +{change.added or 0} −{change.removed or 0}"


def _verdict(verified: Verified) -> Shown:
    check, pristine = verified.check, verified.pristine
    mark, what = ("✓", "passes") if check.passed else ("✗", "fails")
    again = f" · {with_yours(pristine)}" if pristine is not None else ""
    tone = "success" if (pristine or check).passed else "error"
    return mark, f"{what}: {check.command}{again}", tone, check.output


def _brief(body: AgentStarted) -> str:
    brief = body.brief
    parts = [brief.goal, brief.facts]
    if brief.paths:
        parts.append(f"paths: {', '.join(brief.paths)}")
    if brief.check:
        parts.append(f"check: {brief.check}")
    return "\n".join([f"{body.role} · {body.model}", *filter(None, parts)])
