"""The examples in the docstrings give what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import algotrendy.analytics

MODULES = sorted(m.name for m in pkgutil.iter_modules(algotrendy.analytics.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name):
    module = importlib.import_module(f"algotrendy.analytics.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_described(name):
    module = importlib.import_module(f"algotrendy.analytics.{name}")
    assert list(module.__all__) == sorted(module.__all__)
    for public in module.__all__:
        assert getattr(module, public).__doc__, public
