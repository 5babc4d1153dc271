"""Writes the JSON Schemas and the AsyncAPI 3 document from the types; `--check` only compares.

Run by `make contracts`.
"""

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from sebaya_contracts.topics import TOPICS, Topic, milliseconds

OUT = Path(__file__).parent.parent / "schemas"
Document = dict[str, Any]


def schemas(topic: Topic) -> Document:
    """Build the JSON Schema of a topic: every event type that it carries."""
    _, parts = msgspec.json.schema_components(
        list(topic.types.values()), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": topic.name,
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in topic.types],
        "$defs": _unwrap_descriptions(parts),
    }


def _unwrap_descriptions(node: Any) -> Any:
    """Join the wrapped lines of each description; paragraphs stay."""
    match node:
        case dict():
            return {
                key: _unwrap(value) if key == "description" else _unwrap_descriptions(value)
                for key, value in node.items()
            }
        case list():
            return [_unwrap_descriptions(one) for one in node]
        case _:
            return node


def _unwrap(doc: str) -> str:
    paragraphs = inspect.cleandoc(doc).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def asyncapi() -> Document:
    """Build the AsyncAPI 3 document of all topics."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Sebaya events",
            "version": "1",
            "description": "CloudEvents 1.0 in Kafka's binary mode. "
            "Order holds for one document (ce_subject) only.",
        },
        "defaultContentType": "application/json",
        "channels": {_channel(topic): _describe(topic) for topic in TOPICS},
        "operations": {
            f"write_{_channel(topic)}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{_channel(topic)}"},
            }
            for topic in TOPICS
        },
        "components": {
            "messages": {name: _message(topic, name) for topic in TOPICS for name in topic.types}
        },
    }


def _channel(topic: Topic) -> str:
    return topic.name.replace(".", "_")


def _describe(topic: Topic) -> Document:
    kept = (
        {"cleanup.policy": ["compact"]}
        if topic.retention is None
        else {"retention.ms": int(milliseconds(topic.retention))}
    )
    readers = ", ".join(topic.readers) or "nobody yet"
    return {
        "address": topic.name,
        "x-key": topic.key,
        "description": f"Written by {topic.writer}, keyed by {topic.key}, read by {readers}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in topic.types},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": kept,
                "bindingVersion": "0.5.0",
            }
        },
    }


def _message(topic: Topic, name: str) -> Document:
    return {
        "name": name,
        "summary": _unwrap(topic.types[name].__doc__ or "").split("\n\n")[0],
        "payload": {"$ref": f"{topic.name}.json#/$defs/{name}"},
    }


def documents() -> dict[str, str]:
    """Build every generated file, by its name."""
    made = {f"{topic.name}.json": schemas(topic) for topic in TOPICS} | {
        "asyncapi.json": asyncapi()
    }
    return {
        name: json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        for name, document in made.items()
    }


def main(check: bool) -> int:
    """Write the files, or with `check` report those that differ; return the exit code."""
    made = documents()
    stale = [
        name
        for name, text in made.items()
        if not (OUT / name).exists() or (OUT / name).read_text() != text
    ]
    if check:
        for name in stale + sorted({path.name for path in OUT.glob("*.json")} - set(made)):
            sys.stderr.write(
                f"contracts/schemas/{name} is not what the types say; run: make contracts\n"
            )
        return 1 if stale or {path.name for path in OUT.glob("*.json")} != set(made) else 0
    OUT.mkdir(exist_ok=True)
    for name, text in made.items():
        (OUT / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
