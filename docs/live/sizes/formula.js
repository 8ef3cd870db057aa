// The formula of an axis's size, with letters or with its numbers, as pieces [text, role].
import { reach, samePadding } from "./model.js";

export const LETTERS = { n: "n", k: "k", s: "s", p: "p", d: "d", a: "a" };

/** The pieces of the size's formula; `numbers` are an axis, or LETTERS. */
export function sizeFormula(axis, numbers = axis) {
  const { operation, p: padding, ceil, dropped } = axis;
  const dot = numbers === LETTERS ? "" : "·";
  const [n, k, s, p, d, a] = ["n", "k", "s", "p", "d", "a"].map((name) => piece(name, numbers[name]));
  const span = [d, `${dot}(`, k, " − 1)"];
  if (operation === "transposed") {
    if (padding === "same") return [n, dot, s];
    const copies = ["(", n, " − 1)", dot, s];
    if (padding === "valid") return [...copies, " + max(", ...span, " + 1, ", s, ")"];
    return [...copies, ` − 2${dot}`, p, " + ", ...span, " + ", a, " + 1"];
  }
  if (padding === "same") return ["⌈", n, " / ", s, "⌉"];
  const padded = padding === "valid" ? [] : [` + 2${dot}`, p];
  const [open, close] = operation === "pooling" && ceil && padding !== "valid" ? ["⌈", "⌉"] : ["⌊", "⌋"];
  const one = dropped && numbers !== LETTERS ? [" + 1 − 1"] : [" + 1"];
  return [`${open}(`, n, ...padded, " − ", ...span, " − 1) / ", s, close, ...one];
}

const ROLES = { n: "input", k: "kernel" };
const piece = (name, value) => [String(value), ROLES[name] ?? "", value === name];

/** How many pixels Keras's `same` adds in all, filled in; of a transposed convolution, how many it cuts off. */
export function sameFormula({ operation, n, k, s, d, o }) {
  const transposed = operation === "transposed";
  const [places, row] = transposed ? [n, n * s] : [o, n];
  const [before, after] = samePadding({ n: row, k, s, d });
  return `max((${places} − 1)·${s} + ${reach({ k, d })} − ${row}, 0) = ${before + after}`;
}

export const plain = (pieces) => pieces.map((it) => (Array.isArray(it) ? it[0] : it)).join("");
