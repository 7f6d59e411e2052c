"""Every state of the studio page that was designed, and how to bring the page there."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

LONG = (
    "Double-breasted houndstooth tailored overcoat with detachable quilted lining and horn buttons"
)
ARABIC = "معطف صوفي طويل بأزرار قرنية وبطانة مبطنة قابلة للفصل"
SLOW = 60_000
"""Milliseconds that anything may take."""

Step = Callable[[Any], None]


@dataclass(frozen=True)
class State:
    """A state: `before` the page asks for anything, then `reach` it once it is laid out."""

    reach: Step
    before: Step | None = None
    laid_out: bool = True


def laid_out(page: Any) -> None:
    """Wait until the look is judged, the catalogue follows it, and the pictures are there."""
    page.wait_for_selector("modiste-verdict[data-judged]:not([data-pending])", state="attached")
    page.wait_for_selector("modiste-piece[data-judged]")
    page.wait_for_selector(".tile:not(.tile-skeleton)", state="attached")
    pictures(page)


def pictures(page: Any) -> None:
    """Wait until every picture in sight has come."""
    page.wait_for_function(
        """() => [...document.images].every((one) => one.complete || !one.checkVisibility()
            || one.loading === "lazy" && one.getBoundingClientRect().top > innerHeight)"""
    )


def nothing(page: Any) -> None:
    """As it opens."""


def press(name: str) -> Step:
    """Press the button of that name."""
    return lambda page: page.get_by_role("button", name=name, exact=True).first.click()


def one_piece(page: Any) -> None:
    """One piece on the board."""
    while page.locator("modiste-piece").count() > 1:
        page.locator(".piece-button").last.focus()
        page.keyboard.press("Delete")
    page.get_by_text("One piece so far").wait_for(state="attached")


def full(page: Any) -> None:
    """A whole look, composed by the stylist."""
    composed(page)
    page.locator(".look").nth(1).evaluate("one => one.click()")
    page.wait_for_selector("modiste-verdict:not([data-pending])", state="attached")


def contest(page: Any) -> None:
    """A second piece for a slot."""
    category = page.locator("modiste-piece").first.evaluate("one => one.piece.category")
    worn = page.locator("modiste-piece").evaluate_all("all => all.map(one => one.dataset.id)")
    items = page.request.get(f"/v1/items?category={category}&limit=9").json()["items"]
    other = next(item for item in items if item["id"] not in worn)
    page.evaluate(
        "async (piece) => (await import('/static/js/state.js')).state.place(piece)", other
    )
    page.get_by_role("dialog").wait_for()


def offered(page: Any) -> None:
    """What an empty slot offers."""
    page.locator(".slot-outline:visible").first.click()
    page.wait_for_selector("#offer .choice:not(.is-waiting)", timeout=SLOW)


def chosen(page: Any) -> None:
    """A piece that is chosen, with what can be done with it."""
    page.locator(".piece-button").first.click()
    page.get_by_role("button", name="Remove", exact=True).first.wait_for()


def composed(page: Any) -> None:
    """Looks that were composed."""
    wish = page.get_by_role("textbox", name="A wish in words")
    if wish.is_visible():
        wish.fill("something blue for rain")
    page.get_by_role("button", name="Dress me").click()
    page.wait_for_selector(".look:not(.look-skeleton)", state="attached", timeout=SLOW)


def composing(page: Any) -> None:
    """Looks that are on their way."""
    page.route("**/v1/compose", lambda route: None)
    page.get_by_role("button", name="Dress me").click()
    page.wait_for_selector("modiste-looks[data-busy]", state="attached")


def why(page: Any) -> None:
    """Why, in a sentence."""
    show_verdict(page)
    page.get_by_role("button", name="Why?").click()


def revised(page: Any) -> None:
    """The piece to change, and what to wear instead."""
    show_verdict(page)
    page.get_by_role("button", name="Revise").click()
    page.wait_for_selector(".advice:not([aria-busy]) > *", timeout=SLOW)


def show_verdict(page: Any) -> None:
    """On a narrow page the verdict is a sheet."""
    show(page, "verdict")


def show(page: Any, name: str) -> None:
    """Open a sheet, where there are sheets."""
    opener = page.locator(f".dock [data-opens={name}][aria-expanded=false]")
    if opener.is_visible():
        opener.click()


def not_found(page: Any) -> None:
    """Nothing in the catalogue answers."""
    show(page, "catalogue")
    page.get_by_role("searchbox").fill("zzzzqqqq")
    page.get_by_text("Not in the catalogue").wait_for()


def narrowed(page: Any) -> None:
    """A slot and a colour are chosen."""
    show(page, "catalogue")
    page.get_by_role("group", name="Slot").get_by_role("button").nth(1).click()
    page.get_by_role("button", name="Colour").first.click()
    page.get_by_role("group", name="Colour").get_by_role("button").nth(1).click()
    page.wait_for_selector("[aria-label=Pieces][aria-busy=false]", state="attached")


def playing(page: Any) -> None:
    """The game, answered."""
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_selector(".candidate:not(.frame)", timeout=SLOW)
    page.keyboard.press("1")
    page.get_by_role("button", name="Next").wait_for()


def asked(page: Any) -> None:
    """The game, a question."""
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_selector(".candidate:not(.frame)", timeout=SLOW)


def saved(page: Any) -> None:
    """Looks that were saved."""
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save this look").click()
    page.get_by_text("Saved on this device.").wait_for()


def shared(page: Any) -> None:
    """The link of a look."""
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("dialog").wait_for()


def keys(page: Any) -> None:
    """All keys."""
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


def photograph(page: Any) -> None:
    """A photograph that shows no garment."""
    noise = Image.effect_noise((300, 300), 120).convert("RGB")
    file = io.BytesIO()
    noise.save(file, "PNG")
    press("New")(page)  # else its slot may be taken
    bring(page, file.getvalue(), "image/png", "cat.png")
    page.wait_for_selector(".taken", state="attached", timeout=SLOW)
    show(page, "catalogue")


def no_photograph(page: Any) -> None:
    """A file that is called a photograph and is none."""
    bring(page, b"Dear Sir or Madam,", "image/jpeg", "letter.jpg")
    page.get_by_text("not a picture").first.wait_for(state="attached")
    show(page, "catalogue")


def bring(page: Any, data: bytes, media_type: str, name: str) -> None:
    """Drop a file on the board as a hand does."""
    transfer = page.evaluate_handle(
        """([name, type, data]) => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, {type}));
            return transfer;
        }""",
        [name, media_type, base64.b64encode(data).decode()],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.locator("modiste-board .sheet").dispatch_event(event, {"dataTransfer": transfer})


def slow_model(page: Any) -> None:
    """The old number stays while a new one is awaited."""
    page.route("**/v1/score", lambda route: None)
    remove_one(page)
    page.wait_for_selector("modiste-verdict[data-pending]", state="attached")
    page.wait_for_timeout(500)


def remove_one(page: Any) -> None:
    """Take the first piece off the board."""
    page.locator(".piece-button").first.focus()
    page.keyboard.press("Delete")


def failed(page: Any) -> None:
    """The verdict failed."""
    page.route("**/v1/score", lambda route: route.fulfill(status=500, json=error("internal")))
    remove_one(page)
    page.locator("modiste-verdict .trouble button").wait_for(state="attached")


def error(code: str) -> dict[str, Any]:
    """An error as the service sends it."""
    message = "Something went wrong in the studio; try again in a moment."
    return {"error": {"code": code, "message": message, "where": None, "request_id": "1"}}


def offline(page: Any) -> None:
    """The service is lost."""
    page.context.set_offline(True)
    page.locator("#offline").wait_for()


def clashing(page: Any) -> None:
    """The service finds a clash between the first two pieces."""

    def answer(route: Any) -> None:
        response = route.fetch()
        told = response.json()
        pair = [piece["id"] for piece in told["pieces"][:2]]
        told["clash"] = {"pieces": pair, "logit": -1.4}
        for piece in told["pieces"][:2]:
            piece["adds"] = {"logit": -1.0, "probability": -0.2}
        route.fulfill(response=response, json=told)

    page.route("**/v1/explain", answer)


def titled(title: str) -> Step:
    """Have the service call everything by one title."""

    def rename(found: Any) -> Any:
        if isinstance(found, list):
            return [rename(one) for one in found]
        if isinstance(found, dict):
            named = {name: rename(one) for name, one in found.items()}
            return named | {"title": title} if "title" in found else named
        return found

    def answer(route: Any) -> None:
        response = route.fetch()
        route.fulfill(response=response, json=rename(response.json()))

    def before(page: Any) -> None:
        for path in ("**/v1/items?*", "**/v1/score", "**/v1/explain"):
            page.route(path, answer)

    return before


def no_pictures(page: Any) -> None:
    """No photograph can be fetched."""
    page.route("**/image?*", lambda route: route.fulfill(status=404))


def never(page: Any) -> None:
    """The service takes its time."""
    page.route("**/v1/*", lambda route: None)


def not_ready(page: Any) -> None:
    """The service is still opening."""
    page.route("**/v1/shop", lambda route: route.fulfill(status=503, json=error("not_ready")))


def refused(page: Any) -> None:
    """The catalogue cannot be asked."""
    page.route("**/v1/items?*", lambda route: route.fulfill(status=500, json=error("internal")))


def catalogue(page: Any) -> None:
    """The catalogue, where it is a sheet."""
    show(page, "catalogue")
    pictures(page)


STATES: dict[str, State] = {
    "first": State(nothing),
    "empty": State(press("New")),
    "one": State(one_piece),
    "full": State(full),
    "contest": State(contest),
    "offer": State(offered),
    "chosen": State(chosen),
    "composed": State(composed),
    "composing": State(composing),
    "catalogue": State(catalogue),
    "verdict": State(show_verdict),
    "why": State(why),
    "revise": State(revised),
    "clash": State(show_verdict, before=clashing),
    "narrowed": State(narrowed),
    "not-found": State(not_found),
    "game-asked": State(asked),
    "game-answered": State(playing),
    "saved": State(saved),
    "share": State(shared),
    "keys": State(keys),
    "photograph": State(photograph),
    "no-photograph": State(no_photograph),
    "loading": State(nothing, before=never, laid_out=False),
    "not-ready": State(nothing, before=not_ready, laid_out=False),
    "slow": State(slow_model),
    "failed": State(failed),
    "refused": State(catalogue, before=refused, laid_out=False),
    "offline": State(offline),
    "long-names": State(show_verdict, before=titled(LONG)),
    "right-to-left": State(show_verdict, before=titled(ARABIC)),
    "no-pictures": State(nothing, before=no_pictures),
}
