"""The parts of a service, as its `wiring.py` states them on one screen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from mesh.admin import session_store
from mesh.checks.findings import Check
from mesh.core.wiring import wired_service
from mesh.mail import limits as mail_limits
from mesh.mail.recipients import MailContext, Recipients
from mesh.outbox import actions as outbox
from mesh.outbox.steps import Handler
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.idempotency import once as idempotency

# What the kit's own tables need; a service need not name it.
KIT_JOBS = (outbox.prune, idempotency.prune, mail_limits.prune, session_store.prune)


@dataclass(frozen=True, kw_only=True)
class ServiceDefinition(RpcDefinition):
    """`steps` maps each kind of outbox step to the function that runs it.

    `periodic` are jobs that each relay runs once a minute: they do a bounded piece of work,
    tolerate another relay doing the same at once, and return how many rows they changed.
    `recipient` says where a user's mail goes, None for a service that sends none, and
    `mail_context` what the templates of a mail get beside its kept context. `checks` are what
    the service's doctor looks at beside the kit's, for servers and workers.
    """

    steps: Mapping[str, Handler]
    periodic: Sequence[Callable[[], int]] = ()
    recipient: Recipients | None = None
    mail_context: MailContext | None = None
    checks: Mapping[str, Check] = field(default_factory=dict)

    @property
    def jobs(self) -> Sequence[Callable[[], int]]:
        """The periodic jobs of the service and of the kit."""
        return (*KIT_JOBS, *self.periodic)


def service_definition() -> ServiceDefinition:
    """Returns the definition of the service that this process belongs to."""
    return cast("ServiceDefinition", wired_service())
