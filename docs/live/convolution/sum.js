// The sum of products, written out in the kernel's own rows and columns, and as one line to be read aloud.
import { h, printed } from "../dom.js";
import { products, taps } from "./model.js";
import { tableName } from "./phrases.js";

const bracketed = (number) => (number < 0 ? `(${printed(number)})` : printed(number));
const spokenTaps = (taps) => taps.map(({ number, weight }) => `${bracketed(number)}·${bracketed(weight)}`).join(" + ");
const added = (numbers) => numbers.map((number, at) => (at ? bracketed(number) : printed(number))).join(" + ");

/** How one output is computed, as words. */
export function spokenSum(state, place, total, _) {
  const maps = taps(state, place);
  if (state.operation === "convolution") return `${spokenTaps(maps[0])} = ${printed(total)}`;
  const parts = maps.map((taps, map) => `${tableName(state, "input", [map], _)}: ${spokenTaps(taps)} = ${printed(products(taps))}`);
  const [name, bias] = [_("bias"), state.bias[place[0]]];
  return [...parts, `${name}: ${printed(bias)}`, `${added([...maps.map(products), bias])} = ${printed(total)}`].join("; ");
}

const plus = (shown) => h("span", { class: "cv-plus" }, shown ? "+" : "");
const result = (total) => h("span", { class: "cv-total" }, "= ", h("b", {}, printed(total)));

function written(taps) {
  const terms = taps.map(({ number, weight }, index) =>
    h(
      "span",
      { class: "cv-term" },
      plus(index),
      h("span", { class: "cv-input" }, bracketed(number)),
      "·",
      h("span", { class: "cv-kernel" }, bracketed(weight)),
    ),
  );
  return h("div", { class: "cv-terms" }, terms);
}

export function drawSum(element, state, place, total, _) {
  const maps = taps(state, place);
  element.style.setProperty("--terms", state.kernel[0][0][0].length);
  if (state.operation === "convolution") return element.replaceChildren(written(maps[0]), result(total));
  const name = (words) => h("span", { class: "cv-of" }, words);
  const parts = maps.flatMap((taps, map) => [name(tableName(state, "input", [map], _)), written(taps), h("span", { class: "cv-part" }, `= ${printed(products(taps))}`)]);
  const bias = h("span", { class: "cv-kernel" }, bracketed(state.bias[place[0]]));
  const sum = h("div", { class: "cv-whole" }, `${added(maps.map(products))} + `, bias, " (", _("bias"), ")");
  return element.replaceChildren(...parts, name(_("sum")), sum, result(total));
}
