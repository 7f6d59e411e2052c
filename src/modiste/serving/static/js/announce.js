/** Tells screen readers what changed, politely, one sentence at a time. */

const PAUSE = 60; // ms: a region must be seen empty for the same words to be read again

let timer = 0;
let waiting = [];

export function announce(text) {
  if (!text) return;
  waiting = [...waiting.slice(-2), text];
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  clearTimeout(timer);
  timer = setTimeout(() => {
    region.textContent = waiting.join(" ");
    waiting = [];
  }, PAUSE);
}
