"""Writes a person's rule, `allow = […]`, into their own settings file."""

import json
import re
import tomllib
from pathlib import Path

from agentcli.errors import UsageFault
from agentcli.settings import Matter, user_file

_RULES = re.compile(r"^allow\s*=\s*\[[^\]]*\]", re.MULTILINE)


def add_rule(matter: Matter) -> Path:
    """Allow it from now on; everything else in the file stays to the byte. Returns the file.

    Raises UsageFault when the file can't be changed so, and leaves it alone.
    """
    file = user_file()
    try:
        old = file.read_bytes().decode() if file.exists() else ""
        said = tomllib.loads(old)
        rules = [*dict.fromkeys([*said.get("allow", ()), matter])]
        line = f"allow = {json.dumps(rules)}"
        # The first line of a file is outside any of its tables.
        new = _RULES.sub(line, old, count=1) if "allow" in said else f"{line}\n{old}"
        if tomllib.loads(new) != {**said, "allow": rules}:
            raise UsageFault(f"The rules in {file} can't be changed.", f"Write there: {line}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(new.encode())
    except (OSError, ValueError) as error:
        raise UsageFault(f"No rule can be written to {file}: {error}.") from error
    return file
