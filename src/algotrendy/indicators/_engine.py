"""Which kernels compute: numpy, or their compiled twins once `fast.enable()` was called.

Laws: an entry is replaced as a whole by a twin of the same signature; numpy is the default, unless
the environment says ``ALGOTRENDY_FAST=1`` when this package is first used.
Used by: every public function of this package, `fast`.
"""

from __future__ import annotations

import os

from algotrendy._lazy import need
from algotrendy.indicators import _adaptive, _decay, _ratios, _windows
from algotrendy.indicators._apply import Kernel

__all__ = ["compile_kernels", "is_compiled", "kernel", "restore"]

_NUMPY: dict[str, Kernel] = {
    name: getattr(module, name)
    for module in (_windows, _decay, _adaptive, _ratios)
    for name in module.__all__
    if name.endswith("_into")
}
_IN_FORCE: dict[str, Kernel] = dict(_NUMPY)


def kernel(name: str) -> Kernel:
    """Return the kernel in force."""
    return _IN_FORCE[name]


def compile_kernels() -> None:
    """Put the compiled twins in force."""
    need("numba", extra="fast")
    from algotrendy.indicators import _twins

    _IN_FORCE.update({name: getattr(_twins, name) for name in _NUMPY})


def is_compiled() -> bool:
    """Tell whether the compiled twins are in force."""
    return _IN_FORCE != _NUMPY


def restore() -> None:
    """Put numpy in force again."""
    _IN_FORCE.update(_NUMPY)


if os.environ.get("ALGOTRENDY_FAST") == "1":
    compile_kernels()
