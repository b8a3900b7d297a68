"""Driving a sweep: chunks to an executor, scores to a journal, progress to a person.

Laws: a chunk is acknowledged when its scores are in the journal; an interrupted sweep goes on where
it was; never more chunks in flight than a few a worker, so memory stays bounded.
Used by: `runtime.research`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from algotrendy.backtests.sweep import SweepPlan, evaluate
from algotrendy.errors import RunFailed, StorageError
from algotrendy.model.arrays import FloatArray
from algotrendy.runtime.progress import progress

if TYPE_CHECKING:
    from algotrendy.protocols.engine import BacktestEngine

__all__ = ["drive"]

_DEFAULT_WORKERS = 4


def drive(
    plan: SweepPlan,
    engine: BacktestEngine,
    *,
    executor: Executor | None,
    journal: str | Path | None,
    quiet: bool = False,
) -> FloatArray:
    """Score the whole plan and return (m, number of metrics)."""
    # The cut must not depend on who works, or a journal could not be resumed by another executor.
    chunks = plan.chunks(_DEFAULT_WORKERS if executor is not None or journal is not None else 1)
    scores = np.empty((len(plan.grid), len(plan.metrics)))
    with ExitStack() as stack:
        advance = (
            _silent
            if quiet
            else stack.enter_context(progress(len(plan.grid), f"sweep {plan.spec.strategy.name}"))
        )
        done, keep = _journal(stack, plan, journal)
        todo = []
        for number, (start, stop) in enumerate(chunks):
            if number in done:
                scores[start:stop] = _decode(done[number], (stop - start, len(plan.metrics)))
                advance(stop - start)
            else:
                todo.append((number, start, stop))
        for number, part in _results(plan, engine, executor, todo):
            start, stop = chunks[number]
            scores[start:stop] = part
            keep(number, part.tobytes())
            advance(stop - start)
    return scores


def _silent(_n: int) -> None:
    return


def _results(
    plan: SweepPlan,
    engine: BacktestEngine,
    executor: Executor | None,
    todo: list[tuple[int, int, int]],
) -> Iterator[tuple[int, FloatArray]]:
    if executor is None:
        for number, start, stop in todo:
            yield number, evaluate(plan.part(start, stop), engine)
        return
    flying: dict[Future[FloatArray], int] = {}
    workers = getattr(executor, "_max_workers", None) or _DEFAULT_WORKERS
    waiting = iter(todo)
    try:
        while True:
            while len(flying) < 2 * workers and (job := next(waiting, None)) is not None:
                number, start, stop = job
                flying[executor.submit(evaluate, plan.part(start, stop), engine)] = number
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                yield flying.pop(future), future.result()
    except BrokenExecutor as error:
        raise RunFailed(
            f"a worker of the sweep of {plan.spec.strategy.name!r} ended: {error}",
            hint="was it out of memory, or unable to import the strategy? Without executor the error "
            "shows itself; with journal=... finished chunks are kept",
        ) from error
    finally:
        for future in flying:
            future.cancel()


def _journal(
    stack: ExitStack, plan: SweepPlan, path: str | Path | None
) -> tuple[dict[int, bytes], Callable[[int, bytes], None]]:
    if path is None:
        return {}, lambda _number, _payload: None
    from algotrendy.storage.sweep_journal import SweepJournal

    meta = {
        "strategy": plan.spec.strategy.name,
        "combinations": len(plan.grid),
        "metrics": list(plan.metrics),
    }
    journal = stack.enter_context(SweepJournal(path, sweep_hash=plan.hash, meta=meta))
    return dict(journal.done), journal.append


def _decode(payload: bytes, shape: tuple[int, int]) -> FloatArray:
    values = np.frombuffer(payload, dtype=np.float64)
    if values.size != shape[0] * shape[1]:
        raise StorageError(
            f"a journalled chunk holds {values.size} scores, {shape[0] * shape[1]} were expected",
            hint="delete the journal and run the sweep again",
        )
    return values.reshape(shape)
