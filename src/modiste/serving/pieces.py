"""Ids of a request as pieces: items of the catalogue, or photographs of this visitor.

An id is looked up and nothing else: it never opens a file, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Sequence

from modiste.serving.problems import Problem, shortened, unknown_item
from modiste.serving.served import Served
from modiste.serving.uploads import Uploads
from modiste.stylist.pieces import Piece


def find_pieces(
    served: Served, uploads: Uploads, visitor: str | None, ids: Sequence[str], where: str = "pieces"
) -> list[Piece]:
    """The pieces of a request.

    Args:
        served: the version that answers it.
        uploads: everybody's photographs.
        visitor: whose photographs may be used; None: nobody's.
        ids: as asked.
        where: the field that they stand in.

    Raises:
        Problem: an id is unknown, or given twice; names its place.
    """
    found: list[Piece] = []
    seen: set[str] = set()
    for place, name in enumerate(ids):
        at = f"{where}.{place}"
        if name in seen:
            raise Problem(
                "misuse", f"The piece {shortened(name)} is given twice; give it once.", at
            )
        seen.add(name)
        found.append(find_piece(served, uploads, visitor, name, at))
    return found


def find_piece(
    served: Served, uploads: Uploads, visitor: str | None, name: str, where: str
) -> Piece:
    """One piece of a request.

    Raises:
        Problem: the id is unknown, or a photograph of somebody else.
    """
    if name in served:
        return served.piece(name)
    upload = uploads.find(name, visitor)
    if upload is None:
        raise unknown_item(name, where)
    return upload.piece_in(served)
