"""Where settings come from on this machine: the configuration file and the usual directories."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import evolve
from platformdirs import user_config_path, user_data_path

from twisted_mule.settings import CONFIG_VARIABLE, Settings, SettingsError, parse_file, settings

_NAME: Final = "mule"
_FILE: Final = "config.toml"
_LARGEST: Final = 1 << 20


def default_data() -> Path:
    """The state directory when nobody names one: identities are data, not a cache."""
    return user_data_path(_NAME, appauthor=False)


def default_config() -> Path:
    """The configuration file that is read when nobody names one; it need not exist."""
    return user_config_path(_NAME, appauthor=False) / _FILE


def load_settings(
    flags: Mapping[str, object], environment: Mapping[str, str], config: str | None = None
) -> Settings:
    """
    The settings of this machine and this command line.

    :param flags: by name of the setting, what the command line said; ``None`` for nothing.
    :param config: what ``--config`` said; such a file must exist.
    :return: with absolute paths: ``twistd`` may change its directory later.
    :raise SettingsError: for the first thing that cannot be used, in one sentence.
    """
    named = config or environment.get(CONFIG_VARIABLE)
    path = Path(named).expanduser() if named else default_config()
    content = _read(path, must_exist=bool(named))
    found = settings(flags, environment, content, str(path), default_data())
    if found.nodes is None:
        return evolve(found, data=found.data.absolute())
    if not found.nodes.is_file():
        origin = found.origins["nodes"]
        raise SettingsError(f"{origin} names {found.nodes}, which is not a file.")
    return evolve(found, data=found.data.absolute(), nodes=found.nodes.absolute())


def _read(path: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise SettingsError(f"{path} is too large for a configuration file.")
        return parse_file(content.decode(), str(path))
    except (FileNotFoundError, NotADirectoryError) as reason:
        if must_exist:
            raise SettingsError(f"There is no configuration file {path}.") from reason
        return {}
    except UnicodeDecodeError as reason:
        raise SettingsError(f"{path} is not a TOML file: it is not UTF-8 text.") from reason
    except OSError as reason:
        raise SettingsError(f"{path} cannot be read ({reason.strerror}).") from reason
