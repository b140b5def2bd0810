"""The processes of a service and its commands: serve, worker, relay, admin, doctor.

`main` is the command line, `settings` what each service's Django settings begin with,
`definition` the object that a service's `wiring.py` fills in, `probe` a container's health
check. `startup` refuses to start what could not serve.
"""
