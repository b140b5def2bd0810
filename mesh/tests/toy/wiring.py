from mesh.runtime.definition import ServiceDefinition
from mesh.tests.toy.contract import NAME, Toy
from mesh.tests.toy.recipients import recipient
from mesh.tests.toy.steps import STEPS
from mesh.tests.toy.watching import WATCH, WATCH_RPC

SERVICE = ServiceDefinition(
    serves={NAME: Toy}, watches={WATCH_RPC: WATCH}, steps=STEPS, recipient=recipient
)
