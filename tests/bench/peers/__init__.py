"""What the mesh is measured against: the same rows, work and answers, built otherwise.

Each is small and set up as its users would: connections and sessions that last where the
design allows it, related rows fetched at once, JSON as the only renderer, no access log.
None has to do what the mesh does besides: rate limits, problem documents, telemetry,
revocation of tokens, validation beside the serializers'.
"""
