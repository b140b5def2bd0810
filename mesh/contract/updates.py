"""Partial updates: update masks (AIP-134) and etags (AIP-154)."""

from collections.abc import Collection

from google.protobuf.field_mask_pb2 import FieldMask

from mesh.core.errors import Aborted, FieldViolation, InvalidArgument

ALL = "*"


class UpdateMaskInvalid(InvalidArgument):
    reason = "UPDATE_MASK_INVALID"


class EtagMismatch(Aborted):
    reason = "ETAG_MISMATCH"


def masked(mask: FieldMask, changeable: Collection[str]) -> set[str]:
    """Returns the fields that an update changes; `*` means all. Raises UpdateMaskInvalid."""
    paths = set(mask.paths)
    if paths == {ALL}:
        return set(changeable)
    if unknown := sorted(paths - set(changeable)):
        raise UpdateMaskInvalid(
            f"can't change {', '.join(unknown)}; can change {', '.join(sorted(changeable))}",
            violations=[
                FieldViolation("update_mask", f"{path} can't be changed") for path in unknown
            ],
        )
    return paths


def check_etag(given: str, current: str) -> None:
    """Raises EtagMismatch when an etag is given and is not the current one."""
    if given and given != current:
        raise EtagMismatch("it changed since this etag was read: read it again")
