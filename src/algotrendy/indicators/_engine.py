"""Which kernels compute: numpy, or their compiled twins once `fast.enable()` was called.

Laws: an entry is replaced as a whole by a twin of the same signature; numpy is the default.
Used by: every public function of this package, `fast`.
"""

from __future__ import annotations

from algotrendy.indicators import _adaptive, _decay, _ratios, _windows
from algotrendy.indicators._apply import Kernel

__all__ = ["KERNELS", "kernel", "replace", "restore"]

_NUMPY: dict[str, Kernel] = {
    name: getattr(module, name)
    for module in (_windows, _decay, _adaptive, _ratios)
    for name in module.__all__
    if name.endswith("_into")
}
KERNELS: dict[str, Kernel] = dict(_NUMPY)


def kernel(name: str) -> Kernel:
    """Return the kernel in force."""
    return KERNELS[name]


def replace(twins: dict[str, Kernel]) -> None:
    """Put compiled twins in force."""
    KERNELS.update(twins)


def restore() -> None:
    """Put numpy in force again."""
    KERNELS.update(_NUMPY)
