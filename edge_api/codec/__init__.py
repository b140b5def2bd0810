"""JSON to protobuf messages and back: the proto3 JSON mapping, strictly.

Encoded are names as the `.proto` has them (snake_case); scalars, enums and lists
always, also when they hold their default, so that a client finds every field it knows
of; absent is what is unset *and has presence*: messages, `optional` fields and members
of a oneof. 64-bit integers are strings, enums their full names, bytes
base64, times RFC 3339 in UTC.

Decoded are the `.proto` name or its lowerCamel form, `null` for unset, integers as
numbers or strings of ASCII digits, enums by name or number. Refused, where many parsers
are lenient, are duplicate and unknown keys, `1.0` for an integer, two members of a oneof, numbers
out of range, NaN as a number, a byte order mark, anything but UTF-8, lone surrogates, NUL
characters, nesting beyond 64.

Encoders and decoders are compiled from descriptors, once a message type: `json_format`
takes three times as long, and its errors name less.
Source: protobuf.dev, ProtoJSON format.
"""

from edge_api.codec.decode import Decoder
from edge_api.codec.encode import Encoder
from edge_api.codec.errors import DecodeError
from edge_api.codec.text import parse

__all__ = ["DecodeError", "Decoder", "Encoder", "parse"]
