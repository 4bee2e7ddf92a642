"""Write `docs/config.md` from the config's types.

`python -m tools.config_reference > docs/config.md`
A test compares the page with what this prints, so the two cannot drift apart.
"""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from expert_router.config.model import (
    ExpertConfig,
    GatewayConfig,
    Limits,
    RouterConfig,
    Timeouts,
)

_SECTIONS: tuple[tuple[str, type], ...] = (
    ("The file", GatewayConfig),
    ("`router`", RouterConfig),
    ("each of `experts`", ExpertConfig),
    ("`timeouts`", Timeouts),
    ("`limits`", Limits),
)

_INTRODUCTION = """\
# Config reference

<!-- Written by tools/config_reference.py from the config's types; do not edit. -->

`expert-router serve -c gateway.yaml` reads one YAML file. `${NAME}` is replaced by the environment
variable, which must be set. Unknown keys are errors. Relative paths start at the file's own
folder. `expert-router validate -c gateway.yaml` lists every mistake at once: file, line, key,
value, and what was expected.
"""

_EXAMPLE = """\
## Example

```yaml
listen: 127.0.0.1:8080
control: 127.0.0.1:8081
router:
  artifact: ./router            # what `expert-router train` wrote
experts:
  - name: math                  # what clients, metrics and headers say
    model: math-llama-8b        # what the replicas call it
    replicas: ["http://10.0.0.1:8000/v1", "http://10.0.0.2:8000/v1"]
    max_in_flight: 64
  - name: general
    replicas: ["https://llm.example.org/v1"]
    api_key: ${GENERAL_API_KEY}
default_expert: general
```
"""


def main() -> None:
    """Print the page."""
    print(page(), end="")


def page() -> str:
    """Return the page in Markdown."""
    sections = "\n".join(_section(title, kind) for title, kind in _SECTIONS)
    return f"{_INTRODUCTION}\n{_EXAMPLE}\n{sections}"


def _section(title: str, kind: type) -> str:
    purpose = (kind.__doc__ or "").splitlines()[0]
    rows = "\n".join(_rows(kind))
    return f"## {title}\n\n{purpose}\n\n| key | type | default | |\n|---|---|---|---|\n{rows}\n"


def _rows(kind: type) -> Iterator[str]:
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        text = " ".join(_descriptions(hint)).replace("|", "\\|")
        yield f"| `{field.name}` | {_type(hint)} | {_default(field)} | {text} |"


def _descriptions(hint: Any) -> Iterator[str]:
    """The outermost description says what the field is; `seconds` is a unit."""
    for note in reversed(getattr(hint, "__metadata__", ())):
        if isinstance(note, msgspec.Meta) and note.description not in {None, "seconds"}:
            yield str(note.description)
            return


def _type(hint: Any) -> str:
    bounds = ""
    while get_origin(hint) is Annotated:
        bounds = _bounds(hint.__metadata__) or bounds
        hint = get_args(hint)[0]
    if get_origin(hint) in {types.UnionType, Union}:
        return " or ".join(_type(option) for option in get_args(hint))
    if get_origin(hint) is list:
        return f"list of {_type(get_args(hint)[0])}"
    if get_origin(hint) is dict:
        return "mapping"
    names = {str: "text", type(None): "`null`", float: "number", int: "integer", bool: "yes or no"}
    return names.get(hint, "section") + bounds


def _bounds(notes: tuple[Any, ...]) -> str:
    """Return what a number may be: `` seconds > 0, ≤ 86,400``."""
    for note in notes:
        if isinstance(note, msgspec.Meta):
            signs = {">": note.gt, "≥": note.ge, "<": note.lt, "≤": note.le}
            limits = [f"{sign} {value:,g}" for sign, value in signs.items() if value is not None]
            unit = " of seconds" if note.description == "seconds" else ""
            if limits:
                return f"{unit} {', '.join(limits)}"
    return ""


def _default(field: Any) -> str:
    if field.required:
        return "required"
    default = field.default
    if default is msgspec.NODEFAULT or isinstance(default, msgspec.Struct):
        return ""  # a section, or an empty mapping
    return f"`{msgspec.json.encode(default).decode()}`" if default != "" else ""


if __name__ == "__main__":
    main()
