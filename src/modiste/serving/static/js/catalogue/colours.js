/** What a colour's name looks like, for the swatch beside it. */

const INKS = {
  black: "#1c1b1a", white: "#fdfdfb", grey: "#8f8f8d", gray: "#8f8f8d", charcoal: "#43454a",
  silver: "#c0c2c4", gold: "#c9a24b", ivory: "#f6f0dd", cream: "#f4ead2", beige: "#d9c7a7",
  sand: "#d8c3a0", camel: "#b98a52", tan: "#c19a6b", brown: "#72503a", chocolate: "#4b3024",
  rust: "#a6502c", orange: "#df7f32", coral: "#ee7a64", red: "#b92c31", burgundy: "#641d2c",
  pink: "#e9a6b6", blush: "#ecc6c1", fuchsia: "#c22d80", purple: "#6d4690", plum: "#5a2a4d",
  lilac: "#b9a3d0", yellow: "#efcf48", butter: "#f5e3a0", mustard: "#c9982c", green: "#4c7f52",
  olive: "#6d6b3a", sage: "#a3b096", emerald: "#1e7a5a", mint: "#b5dcc6", khaki: "#8d835b",
  teal: "#24706f", turquoise: "#45b0ac", blue: "#3f66a8", navy: "#202c4e", cobalt: "#2447a5",
  sky: "#9cc3e2", denim: "#4b678c",
};

/**
 * The ink of a colour's name, by its last word that is known ("dark green" is green).
 *
 * @returns {string|null} a CSS colour; null where the name says nothing
 */
export function inkOf(name) {
  const words = String(name).toLowerCase().split(/[^a-z]+/).reverse();
  const known = words.find((word) => word in INKS);
  return known ? INKS[known] : null;
}
