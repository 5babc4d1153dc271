"""Compares today's types with the released ones: a reader of either must understand what the other
writes.

Both matter: services are replaced one after another, and topics are replayed for years. So nothing
goes away, nothing becomes required or optional, and no type changes. New are only fields with a
default, new event types (a header tells a reader that it does not know one), and new topics.

A new word in a closed list breaks readers of the released version, which cannot decode it. It is
refused here like any break: first release the readers that know the word, record them as released
(`contracts/released`), and only then let a writer use it.
"""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
# For people alone; a decoder does not read them.
_FOR_PEOPLE = frozenset({"title", "description", "examples"})
_COMPARED = frozenset({"properties", "required"})


def breaks(old: Document, new: Document) -> list[str]:
    """List what in `new` breaks a reader, in sentences; empty when nothing does.

    Both are schemas of one topic, or both AsyncAPI documents.
    """
    found = _channels(old, new) if "asyncapi" in old else _topic(old, new)
    return sorted(found)


def _topic(old: Document, new: Document) -> Iterator[str]:
    if old["title"] != new["title"]:
        yield f"{old['title']}: the topic is now called {new['title']}"
    for name in _events(old) - _events(new):
        yield f"{name}: the event type is gone"
    for name, before in old["$defs"].items():
        after = new["$defs"].get(name)
        if after is None:
            yield f"{name}: the type is gone"
        elif "properties" in before and "properties" in after:
            yield from _object(name, before, after)
        elif "enum" in before and "enum" in after:
            yield from _words(name, before["enum"], after["enum"])
        elif _decoded(before) != _decoded(after):
            yield f"{name}: the type has changed"


def _events(schema: Document) -> set[str]:
    return {one["$ref"].rsplit("/", 1)[-1] for one in schema["oneOf"]}


def _object(name: str, old: Document, new: Document) -> Iterator[str]:
    before, after = old["properties"], new["properties"]
    required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
    for field in before.keys() - after.keys():
        yield f"{name}.{field}: the field is gone"
    for field in required_after - required_before:
        yield f"{name}.{field}: the field is required and was not; give it a default"
    for field in (required_before - required_after) & after.keys():
        missing = "the field may be missing and a reader of the released version requires it"
        yield f"{name}.{field}: {missing}"
    for field in before.keys() & after.keys():
        if _decoded(before[field]) != _decoded(after[field]):
            yield f"{name}.{field}: the type, the limits or the default have changed"
    if _decoded(old, _COMPARED) != _decoded(new, _COMPARED):
        yield f"{name}: the object's own rules have changed"


def _words(name: str, old: list[Any], new: list[Any]) -> Iterator[str]:
    for word in set(old) - set(new):
        yield f"{name}: the word {word!r} is gone, and records hold it"
    for word in set(new) - set(old):
        unknown = f"readers of the released version do not know the word {word!r}"
        yield f"{name}: {unknown}; release the readers first"


def _decoded(part: Any, without: frozenset[str] = frozenset()) -> Any:
    """The part of a schema that a decoder acts on."""
    if isinstance(part, dict):
        return {
            key: value if key == "default" else _decoded(value)
            for key, value in part.items()
            if not _ignored(key, value, without)
        }
    return [_decoded(one) for one in part] if isinstance(part, list) else part


def _ignored(key: str, value: Any, without: frozenset[str]) -> bool:
    # A default that is an object repeats the defaults of its fields, which are compared where they
    # are defined.
    return key in _FOR_PEOPLE | without or (key == "default" and isinstance(value, dict))


def _channels(old: Document, new: Document) -> Iterator[str]:
    for name, before in old["channels"].items():
        after = new["channels"].get(name)
        if after is None:
            yield f"{before['address']}: the topic is gone"
            continue
        for what, then, now in zip(
            ("address", "key", "partition count", "way of keeping"),
            _layout(before),
            _layout(after),
            strict=True,
        ):
            if then != now:
                yield f"{before['address']}: the {what} was {then} and is {now}"
        for message in before["messages"].keys() - after["messages"].keys():
            yield f"{before['address']}: the event type {message} is gone"


def _layout(channel: Document) -> tuple[str, str, int, tuple[str, ...]]:
    kafka = channel["bindings"]["kafka"]
    kept = kafka["topicConfiguration"].get("cleanup.policy", ["delete"])
    return channel["address"], channel["x-key"], kafka["partitions"], tuple(kept)
