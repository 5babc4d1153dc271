"""Starts the broker of the project's own jars as the official image would: `KAFKA_A_B=c` is
`a.b=c`.
"""

import os
import sys
from pathlib import Path

FILE = Path("/tmp/server.properties")
CLUSTER = "c2ViYXlhLWNvbXBvc2Ut"
OURS = {"KAFKA_HEAP_OPTS"}


def main() -> None:
    settings = {
        name[6:].lower().replace("_", "."): value
        for name, value in os.environ.items()
        if name.startswith("KAFKA_") and name not in OURS
    }
    FILE.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    java = [
        "/opt/jdk/bin/java",
        "-Xms64m",
        "-Xmx256m",
        "-XX:+UseSerialGC",
        "-Dlog4j2.configurationFile=/opt/kafka/log4j2.yaml",
        "-cp",
        "/opt/kafka/libs/*",
    ]
    made = os.spawnv(
        os.P_WAIT,
        java[0],
        [
            *java,
            "kafka.tools.StorageTool",
            "format",
            "--ignore-formatted",
            "--cluster-id",
            CLUSTER,
            "--config",
            str(FILE),
        ],
    )
    if made != 0:
        sys.exit(made)
    os.execv(java[0], [*java, "kafka.Kafka", str(FILE)])


if __name__ == "__main__":
    main()
