"""The optional libraries, asked for where they are used, missed in one clear line."""

import importlib
from types import ModuleType

from expert_router.errors import InputError


def need(module: str, extra: str) -> ModuleType:
    """Import ``module``, or raise InputError naming the extra that brings it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"{error.name or module} is not installed; pip install 'expert-router[{extra}]'"
        ) from None
