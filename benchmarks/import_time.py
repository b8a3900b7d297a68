"""CPU time of `import algotrendy` against `import numpy`: the goal is at most one half.

Run: python benchmarks/import_time.py
Each import happens in a fresh interpreter, seven times; the minimum counts. What the bare
interpreter needs to start is taken off both.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import algotrendy

RUNS = 7
GOAL = 0.5
PARENT = str(Path(algotrendy.__file__).parents[1])


def cpu_seconds(statement: str) -> float:
    """Least CPU time, user and system, of a fresh interpreter that runs one statement."""
    code = f"import sys; sys.path.append({PARENT!r})\n{statement}"
    found = []
    for _ in range(RUNS + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-I", "-c", code], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found[1:])  # the first run writes byte code


def main() -> int:
    """Print the table and tell by the exit code whether the goal was met."""
    start = cpu_seconds("pass")
    numpy = cpu_seconds("import numpy") - start
    print(f"interpreter start         {start * 1e3:8.1f} ms")
    print(f"import numpy              {numpy * 1e3:8.1f} ms   1.00")
    ratios = []
    for statement in (
        "import algotrendy",
        "import algotrendy; algotrendy.errors",
        "import algotrendy; algotrendy.Bars",
        "import algotrendy; algotrendy.BacktestSpec",
    ):
        cost = max(cpu_seconds(statement) - start, 0.0)
        ratios.append(cost / numpy)
        label = statement.replace("import algotrendy; ", "")
        print(f"{label:25s} {cost * 1e3:8.1f} ms   {cost / numpy:.2f}")
    met = ratios[0] <= GOAL
    print(f"goal: import algotrendy at most {GOAL} of numpy: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
