"""The only place that reads the environment and ``bakau.toml``."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bakau.errors import FormatError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

ENVIRONMENT = {
    "BAKAU_WORKSPACE": "workspace to work in when -w is not given",
    "BAKAU_VAULT_KEY": "vault key as 64 hexadecimal digits, instead of the key file (for machines whose disk must not hold it)",
    "BAKAU_KEY_DIR": "folder for vault key files, instead of the user's configuration folder",
    "BAKAU_LOG_LEVEL": "debug, info, warning (default) or error",
    "BAKAU_LOCK_WAIT_S": "seconds to wait for another writer of the workspace before giving up (30)",
    "BAKAU_NETWORK": "network to walk on, embedded or neo4j, instead of the one the workspace was made with",
    "BAKAU_NEO4J_URI": "address of a Neo4j server that somebody else runs, instead of the workspace's own (bolt:// on this machine, else bolt+s://)",
    "BAKAU_NEO4J_PASSWORD": "password of user neo4j on that server",
    "BAKAU_NEO4J_PASSWORD_FILE": "file that holds that password, instead of BAKAU_NEO4J_PASSWORD",
    "BAKAU_NEO4J_RETRY_S": "seconds to try a transaction again when the Neo4j server goes away or is busy (30)",
    "BAKAU_NEO4J_DIR": "folder for the jars of Neo4j servers, instead of the user's data folder",
    "BAKAU_MAVEN_REPO": "Maven repository to fetch Neo4j from, without Maven; every file is held to its SHA-256",
}

#: Networks there are, the default first.
NETWORKS = ("embedded", "neo4j")


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """What the environment says; every field has its reason in ENVIRONMENT."""

    workspace: Path | None
    vault_key: bytes | None
    key_dir: Path
    log_level: str
    lock_wait_s: float
    network: str | None
    neo4j_uri: str | None
    neo4j_password: str | None
    neo4j_retry_s: float
    neo4j_dir: Path
    maven_repo: str | None
    java_home: Path | None


def load_settings() -> Settings:
    """Read the environment now (never at import time). SettingsError when a value makes no sense."""
    from platformdirs import user_config_path, user_data_path

    workspace = os.environ.get("BAKAU_WORKSPACE")
    level = os.environ.get("BAKAU_LOG_LEVEL", "warning").lower()
    if level not in {"debug", "info", "warning", "error"}:
        raise SettingsError(f"BAKAU_LOG_LEVEL is {level!r}", hint="debug, info, warning or error")
    key_dir = os.environ.get("BAKAU_KEY_DIR")
    neo4j_dir, java_home = os.environ.get("BAKAU_NEO4J_DIR"), os.environ.get("JAVA_HOME")
    return Settings(
        workspace=Path(workspace) if workspace else None,
        vault_key=_parse_key(os.environ.get("BAKAU_VAULT_KEY")),
        key_dir=Path(key_dir) if key_dir else user_config_path("bakau") / "keys",
        log_level=level,
        lock_wait_s=_read_seconds("BAKAU_LOCK_WAIT_S", "30"),
        network=parse_network(os.environ.get("BAKAU_NETWORK"), "BAKAU_NETWORK"),
        neo4j_uri=os.environ.get("BAKAU_NEO4J_URI") or None,
        neo4j_password=_read_password(),
        neo4j_retry_s=_read_seconds("BAKAU_NEO4J_RETRY_S", "30"),
        neo4j_dir=Path(neo4j_dir) if neo4j_dir else user_data_path("bakau") / "neo4j",
        maven_repo=os.environ.get("BAKAU_MAVEN_REPO") or None,
        java_home=Path(java_home) if java_home else None,
    )


def parse_network(value: object, where: str) -> str | None:
    """The name of a network, or None when nothing is said; SettingsError for another word."""
    if value is None or value == "":
        return None
    if value not in NETWORKS:
        raise SettingsError(f"{where} is {value!r}", hint=" or ".join(NETWORKS))
    return str(value)


def use_network(name: str) -> Callable[[], None]:
    """Let `name` stand where BAKAU_NETWORK stood, for this process and its children; gives what puts it back."""
    before = os.environ.get("BAKAU_NETWORK")

    def put_back() -> None:
        if before is None:
            os.environ.pop("BAKAU_NETWORK", None)
        else:
            os.environ["BAKAU_NETWORK"] = before

    os.environ["BAKAU_NETWORK"] = name
    return put_back


def plain_environment() -> dict[str, str]:
    """Our environment without what is Bakau's: keys and passwords are no business of a program that is not ours."""
    return {name: value for name, value in os.environ.items() if name.partition("_")[0] != "BAKAU"}


def _read_password() -> str | None:
    password, file = os.environ.get("BAKAU_NEO4J_PASSWORD"), os.environ.get("BAKAU_NEO4J_PASSWORD_FILE")
    if password or not file:
        return password or None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError("the file BAKAU_NEO4J_PASSWORD_FILE names cannot be read") from None


def _read_seconds(name: str, default: str) -> float:
    text = os.environ.get(name, default)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 86_400:
        raise SettingsError(f"{name} is {text!r}", hint="seconds, from 0 to 86399")
    return seconds


def _parse_key(text: str | None) -> bytes | None:
    if not text:
        return None
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise SettingsError("BAKAU_VAULT_KEY is not 64 hexadecimal digits")
    return key


def load_toml(path: Path) -> dict[str, object]:
    """The entries of a workspace's bakau.toml; FormatError when it cannot be read."""
    try:
        with path.open("rb") as lines:
            return tomllib.load(lines)
    except FileNotFoundError:
        raise FormatError(f"{path.parent} is not a Bakau workspace", hint=f"bakau init {path.parent}") from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise FormatError(f"{path} cannot be read: {error}") from error
