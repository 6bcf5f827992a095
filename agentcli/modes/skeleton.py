"""What is in files, without their code: enough to divide a task by."""

import asyncio
import re
from collections.abc import Sequence

from agentcli.agents.tools.base import WorkContext
from agentcli.codemap.map import outline

_NUMBER = re.compile(r"^ *\d+ ", re.MULTILINE)


async def skeletons(context: WorkContext, paths: Sequence[str]) -> dict[str, str]:
    """By path: the signatures of what each file defines, nested, as the workspace stands."""
    store, tree = context.workspace.store, context.workspace.tree

    def read() -> dict[str, str]:
        blobs = store.files(tree)
        contents = store.read_blobs([blobs[path] for path in paths])
        return {
            path: _NUMBER.sub("", outline(path, contents[blobs[path]])).rstrip() for path in paths
        }

    return await asyncio.to_thread(read)
