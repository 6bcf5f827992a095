"""What ATIF 1.7 asks of a trajectory (Harbor's RFC 0001): its fields, and what refers to what."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Agent(_Strict):
    name: str
    version: str
    model_name: str | None = None
    tool_definitions: list[dict[str, Any]] | None = None
    extra: dict[str, Any] | None = None


class ToolCall(_Strict):
    tool_call_id: str
    function_name: str
    arguments: dict[str, Any]
    extra: dict[str, Any] | None = None


class Reference(_Strict):
    trajectory_id: str
    session_id: str | None = None


class Result(_Strict):
    source_call_id: str | None = None
    content: str | None = None
    subagent_trajectory_ref: list[Reference] | None = None


class Observation(_Strict):
    results: list[Result]


class Metrics(_Strict):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None


class Step(_Strict):
    step_id: int = Field(ge=1)
    timestamp: datetime | None = None
    source: Literal["system", "user", "agent"]
    message: str
    model_name: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    observation: Observation | None = None
    metrics: Metrics | None = None
    llm_call_count: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _only_agents_act(self) -> Self:
        acted = (self.model_name, self.reasoning_content, self.tool_calls, self.metrics)
        assert self.source == "agent" or not any(acted)
        return self

    @model_validator(mode="after")
    def _results_have_their_calls(self) -> Self:
        calls = {call.tool_call_id for call in self.tool_calls or ()}
        results = self.observation.results if self.observation else []
        assert {one.source_call_id for one in results if one.source_call_id} <= calls
        return self


class FinalMetrics(_Strict):
    total_prompt_tokens: int | None = None
    total_completion_tokens: int | None = None
    total_cached_tokens: int | None = None
    total_cost_usd: float | None = None
    total_steps: int | None = Field(None, ge=0)
    extra: dict[str, Any] | None = None


class Trajectory(_Strict):
    schema_version: Literal["ATIF-v1.7"]
    session_id: str | None = None
    trajectory_id: str
    agent: Agent
    steps: list[Step] = Field(min_length=1)
    final_metrics: FinalMetrics | None = None
    subagent_trajectories: list["Trajectory"] = []

    @model_validator(mode="after")
    def _steps_count_from_one(self) -> Self:
        assert [step.step_id for step in self.steps] == list(range(1, len(self.steps) + 1))
        return self

    @model_validator(mode="after")
    def _references_are_embedded(self) -> Self:
        embedded = [one.trajectory_id for one in self.subagent_trajectories]
        assert len(embedded) == len(set(embedded))
        results = [one for s in self.steps if s.observation for one in s.observation.results]
        named = [ref.trajectory_id for one in results for ref in one.subagent_trajectory_ref or ()]
        assert set(named) <= set(embedded)
        return self
