"""How messages name a setting: as the user of the command that runs types it."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["is_option", "set_options", "setting_word"]

_OPTIONS: dict[str, str] = {}


def set_options(options: Mapping[str, str]) -> None:
    """Tell which settings are options of the command that runs; all others are ``key=value``.

    Args:
        options: The option of a setting, such as ``--run-dir`` of ``run_dir``.
    """
    _OPTIONS.clear()
    _OPTIONS.update(options)


def is_option(key: str) -> bool:
    """Tell whether the command that runs takes a setting as an option."""
    return key in _OPTIONS


def setting_word(key: str, value: object | None = None) -> str:
    """Write a setting for a message: ``run_dir=FOLDER``, or ``--run-dir FOLDER``.

    Args:
        key: The setting, such as ``run_dir``.
        value: Its value; None for the name of the setting alone.
    """
    if key in _OPTIONS:
        return _OPTIONS[key] if value is None else f"{_OPTIONS[key]} {value}"
    return key if value is None else f"{key}={value}"
