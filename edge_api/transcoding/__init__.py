"""From an HTTP request to a message and back, as `google.api.http` says.

`router` and `path_template` find the RPC, `request` binds path, query and body, `response`
makes the response; `etag`, `field_mask`, `headers`, `http_body` and `sse` are special forms.
Source: google/api/http.proto, "HTTP transcoding".
"""
