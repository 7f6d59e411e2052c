/** Photographs that are dropped or pasted anywhere on the page. */

const EAGER = "is-over-with-photograph";

/** @param {(file: File) => void} bring */
export function takeDropsAndPastes(bring) {
  const root = document.documentElement;
  let depth = 0;
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    root.classList.add(EAGER);
  });
  document.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(0, depth - 1);
    if (!depth) root.classList.remove(EAGER);
  });
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault(); // else the browser leaves the page for the photograph
    event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("drop", (event) => {
    depth = 0;
    root.classList.remove(EAGER);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer.files.length) bring(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file) return; // words that are pasted go where they belong
    event.preventDefault();
    bring(file);
  });
}

const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
