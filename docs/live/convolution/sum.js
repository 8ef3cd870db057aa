// How one output is computed: written out in the kernel's own rows and columns, and as one line to be read aloud.
import { h } from "../dom.js";
import { isPooling, isTransposed, products, taps, winner } from "./model.js";
import { added, bracketed, exact, shown } from "./numbers.js";
import { tableName } from "./phrases.js";
import { contributions } from "./stamp.js";

const spokenTaps = (taps) => taps.map(({ number, weight }) => `${bracketed(number)}·${bracketed(weight)}`).join(" + ");
const numbersOf = (taps) => taps.map(({ number }) => number);

/** What stands before a mean: where two decimals do not tell it, a fraction that does. */
const divided = (taps, total) => (exact(total) ? `/ ${taps.length} = ` : `/ ${taps.length} = ${shown(products(taps))}/${taps.length} ≈ `);

/** How one output is computed, as words. */
export function spokenSum(state, place, total, _) {
  if (isTransposed(state)) {
    const found = contributions(state, place.slice(1)).flat();
    return found.length ? `${spokenTaps(found)} = ${shown(total)}` : _("no copy of the kernel reaches it");
  }
  const maps = taps(state, place);
  const [first] = maps;
  switch (state.operation) {
    case "max-pooling":
      return `max(${numbersOf(first).map(shown).join(", ")}) = ${shown(total)}`;
    case "average-pooling":
      return `(${added(numbersOf(first))}) ${divided(first, total)}${shown(total)}`;
    case "channels": {
      const parts = maps.map((taps, map) => `${tableName(state, "input", [map], _)}: ${spokenTaps(taps)} = ${shown(products(taps))}`);
      const [name, bias] = [_("bias"), state.bias[place[0]]];
      return [...parts, `${name}: ${shown(bias)}`, `${added([...maps.map(products), bias])} = ${shown(total)}`].join("; ");
    }
    default:
      return `${spokenTaps(first)} = ${shown(total)}`;
  }
}

const span = (name, ...words) => h("span", { class: name }, ...words);
const result = (total, sign = "= ") => span("cv-total", sign, h("b", {}, shown(total)));
const terms = (taps, between, term) =>
  h("div", { class: "cv-terms" }, taps.map((tap, index) => span("cv-term", span("cv-plus", index ? between : ""), ...term(tap, index))));
const product = ({ number, weight }) => [span("cv-input", bracketed(number)), "·", span("cv-kernel", bracketed(weight))];

/** The largest of the numbers, or their mean. */
function pooled(state, [taps], total) {
  if (state.operation === "max-pooling") {
    const won = winner(taps);
    const comma = (index) => (index < taps.length - 1 ? "," : "");
    const number = ({ number }, index) => [span(index === won ? "cv-input cv-won" : "cv-input", shown(number)), comma(index)];
    return [span("cv-of", "max("), terms(taps, "", number), result(total, ") = ")];
  }
  return [span("cv-of", "("), terms(taps, "+", ({ number }) => [span("cv-input", bracketed(number))]), result(total, `) ${divided(taps, total)}`)];
}

/** The sum of each map, and below them their sum with the bias. */
function overMaps(state, maps, bias, _) {
  const parts = maps.flatMap((taps, map) => [
    span("cv-of", tableName(state, "input", [map], _)),
    terms(taps, "+", product),
    span("cv-part", `= ${shown(products(taps))}`),
  ]);
  const sum = span("cv-whole", `${added(maps.map(products))} + `, span("cv-kernel", bracketed(bias)), " (", _("bias"), ")");
  return [...parts, span("cv-of", _("sum")), sum];
}

/** What every copy of the kernel adds; the one that is laid down now is marked. */
function overCopies(element, state, place, source, total, _) {
  const rows = contributions(state, place);
  const found = rows.flat();
  element.style.setProperty("--terms", Math.max(1, rows[0]?.length ?? 0));
  if (!found.length) return [span("cv-of", _("no copy of the kernel reaches it"))];
  const now = ({ row, column }) => row === source[0] && column === source[1];
  return [terms(found, "+", (tap) => [span(now(tap) ? "cv-won" : "cv-added", ...product(tap))]), result(total)];
}

/** Write out how the output at `place` is computed; `source` is the input that is laid down now. */
export function drawSum(element, state, { output: place, input: [, ...source] }, total, _) {
  if (isTransposed(state)) {
    element.replaceChildren(...overCopies(element, state, place.slice(1), source, total, _));
    return;
  }
  const maps = taps(state, place);
  element.style.setProperty("--terms", state.kernel[0][0][0].length);
  if (isPooling(state)) element.replaceChildren(...pooled(state, maps, total));
  else if (state.operation === "channels") element.replaceChildren(...overMaps(state, maps, state.bias[place[0]], _), result(total));
  else element.replaceChildren(terms(maps[0], "+", product), result(total));
}
