"""Identifiers: short, typeable, and (for agents) the path in the tree."""

import secrets

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no 0/o, 1/l/i: people type these

ROOT_AGENT = "1"
RUN_STREAM = ""  # the agent id of events that belong to the run itself
PERSON = "person"  # the agent id under which a person's own messages are recorded


def new_run_id() -> str:
    """A random run id of 8 characters; a unique prefix names the run on the command line."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def child_agent_id(parent: str, number: int) -> str:
    """The id of a parent's n-th child (from 1): `1` → `1.2`. It is also the delegation's id."""
    return f"{parent}.{number}"


def parent_agent_id(agent_id: str) -> str | None:
    """The parent in the tree, or None for a root agent and for the run stream."""
    head, dot, _ = agent_id.rpartition(".")
    return head if dot else None
