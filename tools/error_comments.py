"""Writes the errors that each RPC lists in its options into its comment.

Readers of generated code see the comment, whatever their language; the options are the source.
`python -m tools.error_comments SET PROTOS` mends the paragraphs that start with `Errors:`;
with `--check` it fails where one is not as the options have it.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import wrap

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import MethodDescriptor

from mesh.contract.errors import DeclaredError, errors_of

WIDTH = 90
_INDENT = "  // "
_ERRORS = re.compile(r"^  // Errors: .*\n(?:  //.*\n)*?(?=  rpc )", re.MULTILINE)


def rewritten(source: str, methods: Iterable[MethodDescriptor]) -> str:
    """Returns the text of the file that has these methods, with their errors in its comments."""
    text = _ERRORS.sub("", source)
    for method in methods:
        start = f"  rpc {method.name}("
        text = text.replace(start, _paragraph(errors_of(method)) + start, 1)
    return text


def _paragraph(errors: Iterable[DeclaredError]) -> str:
    said = ", ".join(f"{one.name} ({one.when})" if one.when else one.name for one in errors)
    if not said:
        return ""
    lines = wrap(f"Errors: {said}.", WIDTH - len(_INDENT), break_on_hyphens=False)
    return "".join(f"{_INDENT}{line}\n" for line in lines)


def stale(descriptors: bytes, protos: Path) -> Iterator[tuple[Path, str]]:
    """Yields each file whose comments are out of date, with the text that it should have."""
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptors).file
    for file in files:
        pool.Add(file)
    for file in files:
        path = protos / file.name
        if file.service and path.exists():
            services = pool.FindFileByName(file.name).services_by_name.values()
            methods = [method for service in services for method in service.methods]
            text = rewritten(path.read_text(), methods)
            if text != path.read_text():
                yield path, text


def main() -> int:
    descriptors, protos, *check = sys.argv[1:]
    found = dict(stale(Path(descriptors).read_bytes(), Path(protos)))
    for path, text in found.items():
        if check:
            print(f"run `make gen`: the comments of {path} differ from its errors", file=sys.stderr)
        else:
            path.write_text(text)
    return 1 if found and check else 0


if __name__ == "__main__":
    sys.exit(main())
