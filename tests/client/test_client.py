"""The client asks a real service everything that it can be asked."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from modiste.client import Client, Filters, ModisteApiError, Piece
from modiste.client.client import UPLOAD_BYTES
from tests.client.conftest import KEY
from tests.conftest import Example


@pytest.fixture
def look(client: Client) -> list[Piece]:
    """A top, a bottom and shoes."""
    slots = ("tops", "bottoms", "shoes")
    return [client.items(category=slot, limit=1).items[0] for slot in slots]


def test_it_is_healthy_and_ready(client: Client) -> None:
    assert client.health().status == "ok"
    ready = client.wait_until_ready(5)
    assert ready.items == client.shop().items == 300


def test_a_score_is_of_the_pieces_that_were_given(client: Client, look: list[Piece]) -> None:
    found = client.score(look)
    assert [piece.id for piece in found.pieces] == [piece.id for piece in look]
    assert all(piece.given for piece in found.pieces)
    assert 0 <= found.probability <= 1
    assert found.words in ("goes together", "daring", "fights itself")
    assert client.score([piece.id for piece in look]) == found


def test_a_completion_is_of_the_category_and_heeds_the_filters(
    client: Client, look: list[Piece]
) -> None:
    found = client.complete(look, "bags", k=3)
    assert found.category == "bags"
    assert [piece.category for piece in found.suggestions] == ["bags"] * 3
    first = found.suggestions[0]
    without = Filters(exclude_items=[first.id])
    others = client.complete(look, "bags", k=3, filters=without).suggestions
    assert first.id not in [piece.id for piece in others]


def test_looks_are_composed_around_a_piece(client: Client, look: list[Piece]) -> None:
    found = client.compose(look[:1], wish="something blue", looks=2, seed=1)
    assert len(found.looks) == 2
    assert all(each.pieces[0].id == look[0].id for each in found.looks)
    assert found.looks[0].wish is not None


def test_an_explanation_has_a_share_for_each_piece(client: Client, look: list[Piece]) -> None:
    found = client.explain(look)
    assert [share.id for share in found.pieces] == [piece.id for piece in look]
    assert len(found.pairs) == 3
    assert found.sentence


def test_a_revision_keeps_what_is_to_be_kept(client: Client, look: list[Piece]) -> None:
    found = client.revise(look, keep=look[:2], k=2)
    assert found.change is None or found.change.id == look[2].id
    assert len(found.swaps) <= 2


def test_pages_follow_one_another_without_a_gap(client: Client) -> None:
    slots = {slot.name: slot.items for slot in client.shop().slots}
    found = list(client.all_items(category=["shoes", "bags"], limit=7))
    assert len(found) == len({piece.id for piece in found}) == slots["shoes"] + slots["bags"]
    page = client.items(category=["shoes", "bags"], limit=7)
    assert (page.total, page.offset, len(page.items)) == (len(found), 0, 7)
    assert page.next is not None


def test_a_search_finds_words_likeness_and_what_fits(client: Client, look: list[Piece]) -> None:
    colour = client.shop().colours[0].name
    assert {piece.colour for piece in client.all_items(colour=colour)} == {colour}
    titles = [piece.title for piece in client.items(text="leather", limit=3).items]
    assert any("leather" in title for title in titles)
    assert client.items(like=look[2].id, category="shoes", limit=3).items
    assert client.items(fits=[piece.id for piece in look], category="bags", limit=3).items


def test_an_item_and_its_photograph(client: Client, look: list[Piece]) -> None:
    item = client.item(look[0].id)
    assert item.title == look[0].title
    assert item.attributes
    small = Image.open(io.BytesIO(client.image(item, size=96)))
    assert max(small.size) == 96
    assert Image.open(io.BytesIO(client.image(item.id, cut=True))).mode in ("RGBA", "LA")


def test_an_upload_can_be_used_as_an_item_can_by_its_owner_alone(
    client: Client, address: str, look: list[Piece], example: Example
) -> None:
    photograph = next(path for path in sorted(example.wardrobe.rglob("*.jpg")))
    sent = client.upload(photograph, category="tops")
    assert sent.id.startswith("photo-")
    assert sent.expires is not None
    assert client.score([sent, look[1]]).pieces[0].id == sent.id
    assert Image.open(io.BytesIO(client.image(sent))).width > 0
    with Client(address) as stranger:
        with pytest.raises(ModisteApiError) as caught:
            stranger.score([sent, look[1]])
        assert (caught.value.code, caught.value.where) == ("unknown_item", "pieces.0")
    assert client.remove_upload(sent.id) == 1
    with pytest.raises(ModisteApiError) as caught:
        client.image(sent)
    assert caught.value.code == "not_found"


def test_two_first_uploads_at_once_are_of_one_visitor(
    client: Client, example: Example, look: list[Piece]
) -> None:
    photographs = sorted(example.wardrobe.rglob("*.jpg"))[:2]
    together = threading.Barrier(2)

    def send(path: Path) -> str:
        together.wait()
        return client.upload(path.read_bytes(), category="tops").id

    with ThreadPoolExecutor(2) as pool:
        ids = list(pool.map(send, photographs))
    assert all(client.score([one, look[1]]).pieces for one in ids)


def test_many_threads_share_a_client(client: Client, look: list[Piece]) -> None:
    alone = client.score(look)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: client.score(look), range(40)))
    assert {round(each.probability, 3) for each in found} == {round(alone.probability, 3)}


def test_a_question_is_answered(client: Client) -> None:
    question = client.question(0)
    assert len(question.candidates) == 4
    answers = [client.answer(0, choice) for choice in range(4)]
    assert sum(answer.right for answer in answers) == 1
    assert answers[answers[0].answer].right
    assert sum(answers[0].scores) == pytest.approx(1, abs=0.01)


def test_a_refusal_says_what_and_where(client: Client, look: list[Piece]) -> None:
    with pytest.raises(ModisteApiError, match="nothing-of-the-sort") as caught:
        client.score([look[0], "nothing-of-the-sort"])
    error = caught.value
    assert (error.code, error.status, error.where) == ("unknown_item", 422, "pieces.1")
    assert error.request_id
    with pytest.raises(ModisteApiError) as caught:
        client.score(look[:1])
    assert caught.value.code == "invalid"
    with pytest.raises(ModisteApiError) as caught:
        client.item("../../etc/passwd")
    assert caught.value.code == "not_found"


def test_writing_needs_a_key_and_a_wardrobe_does_not_change(
    client: Client, address: str, look: list[Piece]
) -> None:
    with pytest.raises(ModisteApiError) as caught:
        client.remove_item(look[0].id)
    assert caught.value.code == "key_missing"
    for key, code in (("another key, as long as one", "key_wrong"), (KEY, "conflict")):
        with Client(address, key=key) as owner:
            with pytest.raises(ModisteApiError) as caught:
                owner.remove_item(look[0].id)
        assert caught.value.code == code


def test_the_limit_of_an_upload_is_the_services(client: Client) -> None:
    assert client.shop().limits["upload_bytes"] == UPLOAD_BYTES


def test_importing_the_client_loads_nothing_heavy() -> None:
    code = "import sys, modiste.client; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "httpx2" in loaded
    assert not loaded & {"torch", "numpy", "polars", "PIL", "fastapi", "starlette", "typer"}
