"""The telemetry of a process: spans, metrics, and the ids that join logs to them.

The promise
- Spans are off and cost nothing unless the standard `OTEL_*` variables ask for them; then
  one request is one tree of spans: edge, RPCs, SQL, the steps it enqueues, and their mails.
- `/metrics` is served where METRICS_BIND says, in Prometheus' format.
- Names are those of the OpenTelemetry semantic conventions where there is one. A value is
  an id, a name from the code, or a number: never personal data, a text or a payload.
"""
