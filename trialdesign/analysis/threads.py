"""Threads of the linear algebra libraries: one, wherever a computation is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Asked, Answer = ParamSpec("Asked"), TypeVar("Answer")


def on_one_thread(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Return a function whose matrix products run on one thread, as long as it runs.

    They are many and small, so that a second thread costs more than it brings (on two busy cores 1.3 to
    5 times the time).  What the caller had set is back afterwards.
    """

    @wraps(function)
    def limited(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
