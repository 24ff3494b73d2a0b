"""Configurations as text, loaded as an ordinary user would."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Settings, load
from pipeline.errors import ConfigError
from tests.config.hosts import user


def loaded(tmp_path: Path, toml: str) -> Settings:
    file = tmp_path / "p.toml"
    file.write_text(toml)
    return load(file, {}, host=user(tmp_path))


def faults(tmp_path: Path, toml: str) -> list[str]:
    """Return the lines of the refusal, without the file's name in front of each."""
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, toml)
    lines = str(refused.value).splitlines()
    assert all(line.startswith(f"{tmp_path}/p.toml: ") for line in lines)
    return [line.removeprefix(f"{tmp_path}/p.toml: ") for line in lines]
