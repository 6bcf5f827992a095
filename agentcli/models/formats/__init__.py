"""The reply formats: how a model writes its tool calls."""

from agentcli.models.formats.base import Format, MalformedReply
from agentcli.models.formats.choice import choose_format, format_named, is_small
from agentcli.models.formats.fenced import FencedFormat
from agentcli.models.formats.native import NativeFormat
from agentcli.models.formats.outline import OutlineFormat
from agentcli.models.formats.splice import SpliceFormat

__all__ = [
    "FencedFormat",
    "Format",
    "MalformedReply",
    "NativeFormat",
    "OutlineFormat",
    "SpliceFormat",
    "choose_format",
    "format_named",
    "is_small",
]
