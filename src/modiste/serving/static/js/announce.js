/** Tells screen readers what changed, politely: each sentence is added, read, and goes again. */

const STAYS = 5000; // ms: long enough to be waited for behind other words

export function announce(text) {
  const region = document.getElementById("announcer");
  if (!text || !region) return;
  const said = document.createElement("p");
  said.textContent = text;
  region.append(said, " ");
  setTimeout(() => {
    said.nextSibling?.remove();
    said.remove();
  }, STAYS);
}
