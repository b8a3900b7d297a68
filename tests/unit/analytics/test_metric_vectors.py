"""151 calls of another library, each run here: it agrees to 1e-9, or differs for a reason in this list."""

from __future__ import annotations

import functools
import json
import math

import numpy as np
import pytest
from tests.shared_data import shared_path

from algotrendy.analytics import benchmark, drawdown, ratios, returns, table, tail

CALLS = 151
YEAR = {"daily": 252, "weekly": 52, "monthly": 12, "yearly": 1}

DROPPED = "their NaN counts as a period without change; here it is dropped and no period"
UNBOUNDED = "their ratio over zero is NaN; here it is infinite, with the sign of its top"
NO_ROOT = "their annual threshold of -10 has no root and gives NaN; here a threshold is per period"

# Position in the file: function, reason. Held by what the two tests at the end assert.
DIFFERENT = {
    4: ("annual_return", DROPPED),
    7: ("calmar_ratio", DROPPED),
    27: ("cagr", DROPPED),
    82: ("capture", DROPPED),
    112: ("annual_return", DROPPED),
    9: ("omega_ratio", UNBOUNDED),
    60: ("calmar_ratio", UNBOUNDED),
    115: ("calmar_ratio", UNBOUNDED),
    10: ("omega_ratio", NO_ROOT),
    61: ("omega_ratio", NO_ROOT),
}


@functools.cache
def cases():
    text = shared_path("data/oracles/metric_vectors.json").read_text("utf-8")
    return json.loads(text)["cases"]


def number(value):
    return float(value)  # "NaN" and "Infinity" included


def values(argument):
    if isinstance(argument, dict):
        argument = argument["series"] if "series" in argument else argument["array"]
    if isinstance(argument, list):
        return np.array([number(x) for x in argument], dtype=np.float64)
    return number(argument)


def aligned(args, left="returns", right="factor_returns"):
    """Dated series meet on their dates, as the other library does; ours takes aligned arrays."""
    one, two = values(args[left]), values(args[right])
    if isinstance(two, float):
        return one, np.full(len(one), two)
    indexes = [
        args[name].get("index") if isinstance(args[name], dict) else None for name in (left, right)
    ]
    if None in indexes or indexes[0] == indexes[1]:
        return one, two
    places = {date: at for at, date in enumerate(indexes[1])}
    both = [(at, places[date]) for at, date in enumerate(indexes[0]) if date in places]
    return (one[[a for a, _ in both]], two[[b for _, b in both]]) if both else (one[:0], two[:0])


def rolling(function):
    def call(args):
        one, two = aligned(args)
        width = args["window"]
        starts = range(len(one) - width + 1)
        return np.array(
            [function(one[s : s + width], two[s : s + width], periods_per_year=252) for s in starts]
        )

    return call


def paired(function, **more):
    return lambda args: function(*aligned(args), **more)


def cumulative(args):
    start = args["starting_value"]
    curve = returns.cumulative_returns(values(args["returns"]), start=start or 1.0)
    return curve - 1.0 if start == 0 else curve


def final(args):
    start = args["starting_value"]
    total = returns.total_return(values(args["returns"]))
    return total if start == 0 else start * (1.0 + total)


def excess(args, name):
    rate = values(args.get(name, 0.0))
    return values(args["returns"]) - rate


def omega(args):
    required = values(args["required_return"])
    threshold = (1.0 + required) ** (1.0 / 252) - 1.0 if required > -1.0 else required
    return ratios.omega_ratio(excess(args, "risk_free"), threshold=threshold)


def periods(args):
    return YEAR[args.get("period", "daily")]


def rolling_sharpe(args):
    width = args["window"]
    return ratios.rolling_sharpe_ratio(values(args["arr"]), window=width, periods_per_year=252)[
        width - 1 :
    ]


def sortino(args):
    if isinstance(args["returns"], dict) and "array2d" in args["returns"]:  # one curve a column
        curves = np.array(args["returns"]["array2d"]).T
        return table.metrics_table(curves, periods_per_year=periods(args))["sortino"]
    return ratios.sortino_ratio(excess(args, "required_return"), periods_per_year=periods(args))


OURS = {
    "cum_returns": cumulative,
    "cum_returns_final": final,
    "max_drawdown": lambda a: drawdown.max_drawdown(
        returns.cumulative_returns(values(a["returns"])), initial=1.0
    ),
    "annual_return": lambda a: returns.cagr(values(a["returns"]), periods_per_year=periods(a)),
    "cagr": lambda a: returns.cagr(values(a["returns"]), periods_per_year=periods(a)),
    "annual_volatility": lambda a: returns.volatility(
        values(a["returns"]), periods_per_year=periods(a)
    ),
    "calmar_ratio": lambda a: ratios.calmar_ratio(
        values(a["returns"]), periods_per_year=periods(a)
    ),
    "omega_ratio": omega,
    "sharpe_ratio": lambda a: ratios.sharpe_ratio(excess(a, "risk_free"), periods_per_year=252),
    "downside_risk": lambda a: ratios.downside_deviation(
        excess(a, "required_return"), periods_per_year=periods(a)
    ),
    "sortino_ratio": sortino,
    "excess_sharpe": paired(benchmark.information_ratio, periods_per_year=1),
    "alpha": paired(benchmark.alpha, periods_per_year=252),
    "beta": paired(benchmark.beta),
    "stability_of_timeseries": lambda a: returns.stability(values(a["returns"])),
    "tail_ratio": lambda a: tail.tail_ratio(values(a["returns"])),
    "value_at_risk": lambda a: tail.value_at_risk(values(a["returns"]), cutoff=a["cutoff"]),
    "conditional_value_at_risk": lambda a: tail.expected_shortfall(
        values(a["returns"]), cutoff=a["cutoff"]
    ),
    "capture": paired(benchmark.capture_ratio, periods_per_year=252),
    "up_capture": paired(benchmark.up_capture, periods_per_year=252),
    "down_capture": paired(benchmark.down_capture, periods_per_year=252),
    "up_down_capture": paired(benchmark.up_down_capture, periods_per_year=252),
    "roll_up_capture": rolling(benchmark.up_capture),
    "roll_down_capture": rolling(benchmark.down_capture),
    "roll_up_down_capture": rolling(benchmark.up_down_capture),
    "roll_sharpe_ratio": rolling_sharpe,
    "batting_average": lambda a: np.array(benchmark.batting_average(*aligned(a))),
}


def ours_and_theirs(at):
    case = cases()[at]
    return OURS[case["function"]](case["args"]), values(case["result"])


def without_nan(argument):
    if isinstance(argument, dict):
        return {key: without_nan(value) for key, value in argument.items()}
    return [0.0 if x == "NaN" else x for x in argument] if isinstance(argument, list) else argument


def test_the_file_holds_the_calls_that_are_run_here():
    assert len(cases()) == CALLS
    assert {case["function"] for case in cases()} == set(OURS)


@pytest.mark.parametrize("at", sorted(set(range(CALLS)) - set(DIFFERENT)))
def test_a_call_agrees(at):
    ours, theirs = ours_and_theirs(at)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("at", sorted(DIFFERENT))
def test_a_call_differs_for_its_named_reason_and_no_other(at):
    function, reason = DIFFERENT[at]
    case = cases()[at]
    ours, theirs = ours_and_theirs(at)
    assert case["function"] == function
    if reason == DROPPED:
        assert abs(ours - theirs) > 1e-9
        as_they_count = OURS[function]({k: without_nan(v) for k, v in case["args"].items()})
        assert as_they_count == pytest.approx(theirs, rel=1e-9)
    else:
        assert ours == math.inf
        assert math.isnan(theirs)
