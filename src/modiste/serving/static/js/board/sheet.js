/** The sheet's columns: what hangs at the left, the body in the middle, the small things at the right. */

import { element } from "../element.js";

/** Lay the slots of a plan on the sheet; slots that are there already stay as they are. */
export function buildSheet(sheet, plan) {
  const there = new Map([...sheet.querySelectorAll("modiste-slot")].map((slot) => [slot.name, slot]));
  const slots = (place) => plan[place].map((name) => there.get(name) ?? slotOf(name));
  const box = (name, ...children) => element("div", { class: name }, ...children.flat());
  const full = (made) => (made.children.length ? made : null);
  for (const old of sheet.querySelectorAll(":scope > .column, :scope > .flow")) old.remove();
  const body = box(
    "body",
    full(box("separates", slots("upper"), slots("lower"))),
    full(box("whole", slots("whole"))),
  );
  const columns = [
    box("column column-left", slots("left")),
    box("column column-middle", full(body), slots("feet")),
    box("column column-right", slots("right"), full(box("aside", slots("aside")))),
    box("flow", slots("flow")),
  ];
  sheet.prepend(...columns.filter((column) => column.querySelector("modiste-slot")));
}

function slotOf(name) {
  const made = document.createElement("modiste-slot");
  made.setAttribute("name", name);
  return made;
}
