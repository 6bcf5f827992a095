"""Every word that a model reads lies in prompts/, as a template."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agentcli.resources import resource_dir


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(resource_dir("prompts")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # models read plain text, not HTML
        auto_reload=False,
    )


def render(template: str, **values: Any) -> str:
    """The text of `prompts/<template>`, without blank lines around it.

    Raises jinja2.UndefinedError for a value that the template needs and wasn't given.
    """
    return _environment().get_template(template).render(values).strip()
