"""YAML files read into frozen, validated records; an unknown key brings a suggestion."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from kpi.errors import KpiError, ParameterError, did_you_mean, visible
from kpi.params.strict import Strict
from kpi.params.texts import Read
from kpi.periods import Cycle

Model = TypeVar("Model", bound=Strict)


def read_file(
    path: Path, model: type[Model], contradiction: type[KpiError], language: str = ""
) -> tuple[Model, Read]:
    """Read a parameter file and validate it."""
    return validated(read_content(path), path, model, contradiction, language)


def read_content(path: Path) -> dict[str, Any]:
    """Read the keys and values of a file; what is no such file is a ParameterError."""
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "the file"
        problem = getattr(error, "problem", None) or "cannot be read as YAML"
        raise ParameterError(
            f"{path.name} is a YAML file.", f"{place}: {problem}", "Correct that line."
        ) from None
    except UnicodeDecodeError:
        raise ParameterError(
            f"{path.name} is written in UTF-8.", "another encoding", "Save it as UTF-8."
        ) from None
    if not isinstance(content, dict):
        raise ParameterError(f"{path.name} holds keys and values.", "none", "Restore the file.")
    _see_no_controls(path, content)
    return content


def _see_no_controls(path: Path, value: Any, place: str = "") -> None:
    """Refuse control characters in any text: a page, a file or a terminal would heed them."""
    if isinstance(value, dict):
        for key, one in value.items():
            _see_no_controls(path, str(key), place)
            _see_no_controls(path, one, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for one in value:
            _see_no_controls(path, one, place)
    elif isinstance(value, str) and visible(value) != value:
        raise ParameterError(
            f"The texts of {path.name} have no control characters.",
            place or "a key with one",
            "Write it anew: it may have been copied with signs that are not seen.",
        )


def validated(
    content: dict[str, Any],
    path: Path,
    model: type[Model],
    contradiction: type[KpiError],
    language: str = "",
    cycle: Cycle | None = None,
) -> tuple[Model, Read]:
    """Return a file's content as a record, with the translations in it.

    Its language is the one given, or else its own. Raises ParameterError for an unknown key or a
    value of the wrong kind, `contradiction` for values that disagree.
    """
    beside = Read(language or str(content.get("language", "da")), cycle=cycle)
    try:
        return model.model_validate(content, context=beside), beside
    except ValidationError as error:
        raise _explain(path, model, error, contradiction) from None


class _Loader(yaml.SafeLoader):
    """A YAML loader that refuses a key written twice, and reads on, off, yes and no as words."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - as the base class has it
    ) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f'the key "{key}" stands twice', key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


def _explain(
    path: Path, model: type[Strict], error: ValidationError, contradiction: type[KpiError]
) -> KpiError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or path.name
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        return ParameterError(
            f"{path.name} has only keys that the program knows.",
            f"{where}{more}",
            did_you_mean(str(first["loc"][-1]), _keys_at(model, first["loc"][:-1])),
        )
    kind = contradiction if first["type"] in {"value_error", "missing"} else ParameterError
    message = first["msg"].removeprefix("Value error, ")
    return kind(f"{path.name}: {where}{more}.", message, f"Correct {where} in {path.name}.")


def _keys_at(model: type[Strict], location: tuple[int | str, ...]) -> list[str]:
    """List the keys that a record at a location of the file may have."""
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for part in location:
        node = _resolve(schema, node)
        node = (
            node.get("properties", {}).get(part)
            or node.get("items")
            or node.get("additionalProperties", {})
        )
    return list(_resolve(schema, node).get("properties", {}))


def _resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    for choice in (node, *node.get("anyOf", []), *node.get("allOf", [])):
        if "$ref" in choice:
            found: dict[str, Any] = schema["$defs"][choice["$ref"].rsplit("/", 1)[-1]]
            return found
    return node
