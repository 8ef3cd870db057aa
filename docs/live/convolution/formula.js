// The formula of the output's size: with letters, then with the numbers of each axis.
import { h, printed } from "../dom.js";
import { axes, outputSize } from "./model.js";

const value = (it) => (typeof it === "number" ? printed(it) : h("i", {}, it));

/** One formula; sizes have their role's colour. A mean is taken of neighbours, without dilation. */
function sizeFormula({ operation }, { n, k, s, p, d }, times = "") {
  const input = h("span", { class: "cv-input" }, value(n));
  const kernel = h("span", { class: "cv-kernel" }, value(k));
  const reach = operation === "average-pooling" ? [kernel] : [value(d), `${times}(`, kernel, " − 1) − 1"];
  return ["⌊(", input, ` + 2${times}`, value(p), " − ", ...reach, ") / ", value(s), "⌋ + 1"];
}

export function drawFormula(element, state, _) {
  const line = (name, formula) => h("p", {}, h("span", { class: "cv-axis" }, name), h("span", {}, formula));
  const solved = (name, axis) => {
    const size = h("b", { class: "cv-output" }, printed(Math.max(0, outputSize(axis))));
    return line(name, [...sizeFormula(state, axis, "·"), " = ", size]);
  };
  const general = line([_("size"), " ", h("i", {}, "o")], sizeFormula(state, { n: "n", k: "k", s: "s", p: "p", d: "d" }));
  const [down, across] = axes(state);
  const lines = state.dims === 1 ? [solved(_("here"), across)] : [solved(_("rows"), down), solved(_("columns"), across)];
  element.replaceChildren(general, ...lines);
}
