"""Strategies: what a function must look like, how one travels to another process, what its hash covers."""

from __future__ import annotations

import functools
import os
import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from algotrendy.backtests.strategy import Strategy, strategy
from algotrendy.errors import InvalidValue, RunFailed, UnknownName, Unsupported
from algotrendy.model.bars import Bars
from algotrendy.runtime.research import backtest, sweep
from algotrendy.sample import random_walk

BARS = random_walk(60, seed=3, symbol="BTC/USDT")


def _ordered(fast: int, slow: int) -> bool:
    """fast below slow"""
    return fast < slow


@strategy(name="a name of its own", where=lambda fast, slow: fast < slow)
def named(bars: Bars, fast: int = 2, slow: int = 5) -> np.ndarray:
    return bars.close > fast / slow


def plain(bars: Bars, fast: int = 2, slow: int = 5) -> np.ndarray:
    return bars.close > fast / slow


renamed = Strategy(plain, name="renamed", where=_ordered)
half = Strategy(plain, where=lambda fast: fast > 1)


@strategy
def mortal(bars: Bars, fast: int = 2) -> np.ndarray:
    os._exit(1)


class Greater:
    def __call__(self, bars: Bars, window: int = 3) -> np.ndarray:
        return bars.close > window


@pytest.mark.parametrize("one", [named, renamed, Strategy(plain)], ids=lambda s: s.name)
def test_a_strategy_of_a_module_survives_pickle_with_its_name_and_rule(one: Strategy) -> None:
    again = pickle.loads(pickle.dumps(one))
    assert (again.name, again.function, again.where) == (one.name, one.function, one.where)
    assert again.permits({"fast": 5, "slow": 2}) == one.permits({"fast": 5, "slow": 2})


def test_a_decorated_strategy_is_found_again_as_itself() -> None:
    assert pickle.loads(pickle.dumps(named)) is named


def _local() -> Strategy:
    @strategy
    def inner(bars: Bars) -> np.ndarray:
        return bars.close > 0

    return inner


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (_local(), "_local.<locals>.inner cannot be imported"),
        (Strategy(lambda bars: bars.close > 0), "<lambda>"),
        (half, "its where cannot be imported"),
        (Strategy(named.function, name="other"), "another strategy is found at"),
        (Strategy(functools.partial(plain, fast=3)), "something else is found at"),
        (Strategy(Greater()), "something else is found at"),
    ],
    ids=["local", "lambda", "where", "shadowed", "partial", "callable"],
)
def test_a_strategy_nobody_else_can_find_is_refused_with_the_fix(one: Strategy, words: str) -> None:
    with pytest.raises(Unsupported, match="top level of a module") as caught:
        pickle.dumps(one)
    assert words in str(caught.value)


def test_a_process_pool_is_told_so_and_threads_or_no_executor_do_the_work() -> None:
    with ProcessPoolExecutor(1) as processes, pytest.raises(Unsupported, match="top level"):
        sweep(lambda bars, k=1: bars.close > k, BARS, executor=processes, k=[1, 2])
    assert sweep(lambda bars, k=1: bars.close > k, BARS, k=[1, 2]).n_trials == 2


def test_a_worker_that_dies_is_reported_with_what_to_do() -> None:
    with (
        ProcessPoolExecutor(1) as processes,
        pytest.raises(RunFailed, match="a worker of the sweep of 'mortal' ended"),
    ):
        sweep(mortal, BARS, executor=processes, fast=[1, 2])


def test_an_address_where_no_strategy_is_any_more_is_named() -> None:
    stale = pickle.dumps(named).replace(b"named", b"plain")
    with pytest.raises(UnknownName, match=r"test_strategy\.plain"):
        pickle.loads(stale)


def test_the_hash_covers_the_source_of_the_function_only() -> None:
    def returning(value: float) -> Strategy:
        def made(bars: Bars) -> np.ndarray:
            return bars.close > value

        return Strategy(made)

    assert (
        returning(1.0).source_hash == returning(2.0).source_hash
    )  # closed-over values are not in it
    assert named.source_hash != Strategy(plain).source_hash
    assert Strategy(plain, where=_ordered).source_hash == Strategy(plain).source_hash
    assert backtest(plain, BARS).hash != backtest(plain, BARS, params={"fast": 3}).hash


def test_functions_without_source_are_hashed_by_name() -> None:
    scope: dict[str, object] = {"__name__": "made_up"}
    exec("def one(bars): return bars.close > 0\ndef two(bars): return bars.close > 0", scope)  # noqa: S102
    one, two = Strategy(scope["one"]), Strategy(scope["two"])
    assert one.source_hash == Strategy(scope["one"]).source_hash != two.source_hash
    with pytest.raises(Unsupported, match=r"made_up\.one cannot be imported"):
        pickle.dumps(one)


def test_partials_and_callable_objects_are_strategies_too() -> None:
    partial = Strategy(functools.partial(plain, fast=3))
    assert (partial.name, partial.defaults["fast"]) == ("plain", 3)
    assert partial.source_hash == Strategy(plain).source_hash
    assert Strategy(Greater()).name == "Greater"
    assert len(Strategy(Greater()).source_hash) == 64


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda: None, "the first parameter must take the bars"),
        (lambda bars, *args: None, "parameters must be named"),
        (lambda bars, **more: None, "parameters must be named"),
        (lambda bars, window: None, "every parameter needs a default"),
        ("cross", "a function of bars is expected"),
        (max, "a function of bars is expected"),
    ],
    ids=["no bars", "args", "kwargs", "no default", "text", "builtin"],
)
def test_what_cannot_be_a_strategy_is_refused(function: object, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        Strategy(function)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (_ordered, "fast below slow"),
        (lambda fast, slow: fast < slow, r"where\(fast, slow\) must hold"),
    ],
    ids=["docstring", "lambda"],
)
def test_a_forbidden_combination_is_refused_by_the_words_of_its_rule(
    where: object, words: str
) -> None:
    with pytest.raises(InvalidValue, match=words):
        backtest(Strategy(plain, where=where), BARS, params={"fast": 9})


def test_without_a_rule_anything_is_allowed() -> None:
    assert Strategy(plain).where_text() == "anything is allowed"
    assert repr(Strategy(plain)) == "plain(fast=2, slow=5)"
