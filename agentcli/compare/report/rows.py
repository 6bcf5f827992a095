"""One row for each trial, for spreadsheets and data frames: CSV and Parquet."""

import csv
import io
from typing import Any

from agentcli.compare.outcome import Outcome
from agentcli.compare.report.data import Report
from agentcli.errors import UsageFault


def rows(report: Report) -> list[dict[str, Any]]:
    """Each trial with its arm's facts and its ledger's counts. None: not known."""
    facts = {arm.facts.name: arm.facts for arm in report.arms}
    return [
        {
            "study": report.study,
            **facts[outcome.arm].model_dump(exclude={"name"}),
            **outcome.model_dump(mode="json", exclude={"ledger"}),
            "tokens": outcome.tokens,
            **_ledger(outcome),
        }
        for outcome in report.outcomes
    ]


def to_csv(report: Report) -> str:
    """With a header; a cell without a figure is empty."""
    found = rows(report)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(found[0]) if found else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()


def to_parquet(report: Report) -> bytes:
    """Raises UsageFault where pyarrow is not installed."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise UsageFault(
            "Parquet needs pyarrow, which is not installed.", "pip install 'agentcli[parquet]'"
        ) from error
    file = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows(report)), file)
    return file.getvalue()


def _ledger(outcome: Outcome) -> dict[str, int]:
    ledger = outcome.ledger
    return {
        "delegations": len(ledger.delegations),
        "overridden": sum(one.overridden for one in ledger.delegations),
        "interrupted": sum(one.interrupted for one in ledger.delegations),
        "harmful": sum(one.effect == "harmful" for one in ledger.effects),
        "helpful": sum(one.effect == "helpful" for one in ledger.effects),
    }
