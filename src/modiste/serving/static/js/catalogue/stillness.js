/** Waiting until a person has stopped scrolling. */

const STILL = 250; // ms without a scroll

/** Resolves once `box` has not been scrolled for a moment; soon, if it is not being scrolled. */
export function whenStill(box) {
  return new Promise((resolve) => {
    const done = () => {
      box.removeEventListener("scroll", again);
      resolve();
    };
    let timer = setTimeout(done, box.scrollTop > 0 ? STILL : 0);
    const again = () => {
      clearTimeout(timer);
      timer = setTimeout(done, STILL);
    };
    box.addEventListener("scroll", again, { passive: true });
  });
}
