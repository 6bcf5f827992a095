"""Do several things at once and fail with the first fault, not with a group of them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


async def at_once(
    first: Coroutine[Any, Any, A], second: Coroutine[Any, Any, B], third: Coroutine[Any, Any, C]
) -> tuple[A, B, C]:
    """The three results. When one fails the others are cancelled and its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            a, b, c = (
                group.create_task(first),
                group.create_task(second),
                group.create_task(third),
            )
    except BaseExceptionGroup as several:
        raise first_leaf(several) from several
    return a.result(), b.result(), c.result()


def first_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single error in a group of them."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
