"""Builds the parts of a stack from the plan; nothing else constructs one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sebaya_cli.stack.caddy import Caddy
from sebaya_cli.stack.folder import DataFolder
from sebaya_cli.stack.kafka import Kafka, Listener
from sebaya_cli.stack.mail import MailSink
from sebaya_cli.stack.mongo import Mongo
from sebaya_cli.stack.services import ALL, Instance, Service, Surroundings, instances
from sebaya_cli.stack.survey import Plan

Part = Kafka | Mongo | MailSink | Service | Caddy
Ports = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Detours:
    """Ways between parts that lead through something else, such as a proxy under a test's control.

    A service finds its way to the servers by its own environment; these two are for what it cannot
    be told there.
    """

    entrance: Ports = field(default_factory=dict)
    """The port behind which the entrance finds a replica, by the replica's name."""
    kafka: tuple[Listener, ...] = ()
    """More doors of the broker, each of which sends its clients to another port."""


@dataclass(frozen=True, slots=True)
class StackOptions:
    """The caller's choices about a stack's parts.

    `extra_env` is by service or by replica, the replica's on top.
    """

    services: tuple[str, ...]
    extra_env: Mapping[str, Mapping[str, str]]
    database_prefix: str
    topic_prefix: str
    replicas: int = 1
    broker: Mapping[str, str] = field(default_factory=dict)
    mongo_parameters: Mapping[str, str] = field(default_factory=dict)
    detours: Detours = field(default_factory=Detours)
    country: str = ""

    @property
    def instances(self) -> list[Instance]:
        return instances(self.services, self.replicas)

    def env(self, name: str) -> Mapping[str, str]:
        return self.extra_env.get(name, {})


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts in three groups: each group starts together, after the one before it."""

    servers: Mapping[str, Part]
    services: Mapping[str, Service]
    entrance: Mapping[str, Part]
    mail: MailSink
    surroundings: Surroundings

    def all(self) -> dict[str, Part]:
        return {**self.servers, **self.services, **self.entrance}

    def named(self, name: str) -> list[Part]:
        """Return a part by its name, or all replicas of a service. Raises KeyError."""
        replicas: list[Part] = [
            part for part in self.services.values() if part.instance.service == name
        ]
        return replicas or [self.all()[name]]


def compose(
    plan: Plan,
    options: StackOptions,
    folder: DataFolder,
    ports: Ports,
    lock: int,
    report: Callable[[str], None],
) -> Parts:
    """Compose the parts of a stack.

    `lock` is the descriptor of the folder's lock; Kafka and MongoDB hold it too, so that it lasts
    as long as they do.
    """
    kafka = _kafka(plan, options, folder, ports, lock, report)
    mongo = _mongo(plan, options, folder, ports, lock)
    mail = MailSink(folder.mail, ports["mail"])
    caddy = Caddy(
        folder.caddy, folder.log("caddy"), plan.port, _upstreams(options, ports), options.country
    )
    surroundings = Surroundings(
        mongodb_uri=plan.mongodb_uri or (mongo.uri if mongo else ""),
        kafka=plan.kafka or (kafka.bootstrap if kafka else ""),
        origin=caddy.origin,
        issuer_port=ports["issuer"],
        smtp_port=ports["mail"],
        secret_key=folder.secret("secret_key"),
        issuer_key=folder.root / "issuer_key.pem",
        issuer_people=folder.root / "people.json",
        master_keys=folder.master_keys(),
        database_prefix=options.database_prefix,
        topic_prefix=options.topic_prefix,
        replicas=options.replicas,
    )
    return Parts(
        servers={
            name: part
            for name, part in {"kafka": kafka, "mongo": mongo, "mail": mail}.items()
            if part is not None
        },
        services=_services(options, surroundings, folder, ports),
        entrance={"caddy": caddy},
        mail=mail,
        surroundings=surroundings,
    )


def _kafka(
    plan: Plan,
    options: StackOptions,
    folder: DataFolder,
    ports: Ports,
    lock: int,
    report: Callable[[str], None],
) -> Kafka | None:
    if plan.kafka:
        return None
    return Kafka(
        folder.kafka,
        folder.log("kafka"),
        ports["kafka"],
        ports["kafka_controller"],
        report,
        settings=options.broker,
        keep_open=(lock,),
        more_listeners=options.detours.kafka,
    )


def _mongo(
    plan: Plan, options: StackOptions, folder: DataFolder, ports: Ports, lock: int
) -> Mongo | None:
    if not plan.mongod:
        return None
    return Mongo(
        plan.mongod.binary,
        folder.mongo,
        folder.log("mongo"),
        ports["mongo"],
        options.mongo_parameters,
        keep_open=(lock,),
    )


def _services(
    options: StackOptions, surroundings: Surroundings, folder: DataFolder, ports: Ports
) -> dict[str, Service]:
    return {
        one.name: Service(
            one,
            ports[one.name],
            folder.log(one.name),
            surroundings,
            {**options.env(one.service), **options.env(one.name)},
        )
        for one in options.instances
    }


def _upstreams(options: StackOptions, ports: Ports) -> dict[str, list[int]]:
    """List the ports of each service's replicas for the entrance, also of services not run here."""
    found: dict[str, list[int]] = {}
    for one in instances(ALL, options.replicas):
        found.setdefault(one.service, []).append(
            options.detours.entrance.get(one.name, ports[one.name])
        )
    return found
