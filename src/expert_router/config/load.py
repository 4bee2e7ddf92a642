"""YAML to `GatewayConfig`, with every mistake of a file found at once.

A mistake is one line: ``gateway.yaml:7: experts[0].replicas: … `` — file, line, key, value, and
what was expected.
"""

import os
import re
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec
import yaml

from expert_router.config.check import check_meaning
from expert_router.config.model import GatewayConfig
from expert_router.errors import ConfigError, InputError

_ENV = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# While YAML is parsed, `${NAME}` is `\ue000NAME\ue001`: braces mean something in `[…]` and `{…}`.
_MARKED = re.compile("\ue000(\\w+)\ue001")

KeyPath: TypeAlias = tuple[str | int, ...]
Mistake: TypeAlias = tuple[KeyPath, str]


def load_config(path: Path, env: Mapping[str, str] = os.environ) -> GatewayConfig:
    """Read a config file. Relative paths in it are taken from the file's own folder.

    Raises ConfigError with a line for each mistake.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"{path}: {reason}; expected a gateway config in YAML") from error
    config = parse_config(text, name=str(path), env=env)
    return _anchor_paths(config, path.parent)


def parse_config(text: str, *, name: str, env: Mapping[str, str]) -> GatewayConfig:
    """Parse a config's text; ``name`` stands before each mistake. Raises ConfigError."""
    text = _ENV.sub("\ue000\\1\ue001", text)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError([f"{name}: {_yaml_reason(error)}"]) from error
    lines = dict(_lines(root)) if root else {}
    duplicates = list(_duplicate_keys(root)) if root else []
    data, unset = _fill_in_environment(raw, env)
    mistakes = [*duplicates, *unset, *_shape_mistakes(data, GatewayConfig, ())]
    if not mistakes:
        config = msgspec.convert(data, GatewayConfig, strict=False)
        mistakes = list(check_meaning(config))
        if not mistakes:
            return config
    raise ConfigError([_line(name, lines, mistake) for mistake in mistakes])


def _anchor_paths(config: GatewayConfig, folder: Path) -> GatewayConfig:
    if config.router.artifact is None:
        return config
    artifact = str(folder / Path(config.router.artifact).expanduser())
    router = msgspec.structs.replace(config.router, artifact=artifact)
    return msgspec.structs.replace(config, router=router)


def _line(name: str, lines: dict[KeyPath, int], mistake: Mistake) -> str:
    path, message = mistake
    known = next((path[:n] for n in range(len(path), -1, -1) if path[:n] in lines), ())
    where = f"{name}:{lines[known]}" if known in lines else name
    return f"{where}: {_dotted(path)}: {message}" if path else f"{where}: {message}"


def _dotted(path: KeyPath) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def _yaml_reason(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{where}not YAML: {getattr(error, 'problem', None) or error}"


# --- where things stand in the file -------------------------------------------------------------


def _lines(node: yaml.Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, int]]:
    yield path, node.start_mark.line + 1
    for key, _, value in _children(node):
        yield from _lines(value, (*path, key))


def _duplicate_keys(node: yaml.Node, path: KeyPath = ()) -> Iterator[Mistake]:
    seen: set[str | int] = set()
    for key, _, value in _children(node):
        if key in seen:
            yield (*path, key), "given twice; expected once"
        seen.add(key)
        yield from _duplicate_keys(value, (*path, key))


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), key, value
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield index, value, value


# --- ${ENV} -------------------------------------------------------------------------------------


def _fill_in_environment(data: Any, env: Mapping[str, str]) -> tuple[Any, list[Mistake]]:
    unset: list[Mistake] = []

    def fill(value: Any, path: KeyPath) -> Any:
        if isinstance(value, dict):
            return {str(key): fill(item, (*path, str(key))) for key, item in value.items()}
        if isinstance(value, list):
            return [fill(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, str):
            return _MARKED.sub(lambda match: variable(match[1], path), value)
        return value

    def variable(name: str, path: KeyPath) -> str:
        if name not in env:
            unset.append((path, f"${{{name}}} is not set; expected an environment variable"))
        return env.get(name, "")

    return fill(data, ()), unset


# --- shape: unknown keys, types and ranges ------------------------------------------------------


def _shape_mistakes(value: Any, kind: Any, path: KeyPath) -> Iterator[Mistake]:
    """Compare data with a type, going on after a mistake where msgspec would stop at the first."""
    inner = _without_annotations(kind)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and isinstance(value, dict):
        yield from _struct_mistakes(value, inner, path)
    elif get_origin(inner) is list and isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _shape_mistakes(item, get_args(inner)[0], (*path, index))
    else:
        yield from _leaf_mistakes(value, kind, path)


def _struct_mistakes(value: dict[str, Any], kind: type, path: KeyPath) -> Iterator[Mistake]:
    hints = get_type_hints(kind, include_extras=True)
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for key in value.keys() - fields.keys():
        yield (*path, key), f"unknown key; expected one of {', '.join(fields)}"
    for name, field in fields.items():
        if name in value:
            yield from _shape_mistakes(value[name], hints[name], (*path, name))
        elif field.required:
            yield path, f"`{name}` is missing; expected {_expected(hints[name])}"


def _leaf_mistakes(value: Any, kind: Any, path: KeyPath) -> Iterator[Mistake]:
    try:
        msgspec.convert(value, kind, strict=False)  # `${PORT}` is text until now
    except msgspec.ValidationError as error:
        reason = str(error).split(" - at ")[0]
        shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."
        yield path, f"{shown}: {reason[0].lower()}{reason[1:]}"


def _without_annotations(kind: Any) -> Any:
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in {types.UnionType, Union}:
        others = [option for option in get_args(kind) if option is not type(None)]
        return _without_annotations(others[0]) if len(others) == 1 else kind
    return kind


def _expected(kind: Any) -> str:
    inner = _without_annotations(kind)
    return "a list" if get_origin(inner) is list else f"a {getattr(inner, '__name__', inner)}"
