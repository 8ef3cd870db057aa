// The formula of the output's size: with letters, then with the numbers of each axis.
import { h, printed } from "../dom.js";
import { axes, isTransposed } from "./model.js";
import { sizes } from "./output.js";

const value = (it) => (typeof it === "number" ? printed(it) : h("i", {}, it));

/** One formula; sizes have their role's colour. A mean is taken of neighbours, without dilation. */
function sizeFormula(state, { n, k, s, p, d, a }, times = "") {
  const input = h("span", { class: "cv-input" }, value(n));
  const kernel = h("span", { class: "cv-kernel" }, value(k));
  if (isTransposed(state)) {
    return ["(", input, " − 1)·", value(s), ` − 2${times}`, value(p), " + ", value(d), "·(", kernel, " − 1) + ", value(a), " + 1"];
  }
  const reach = state.operation === "average-pooling" ? [kernel] : [value(d), `${times}(`, kernel, " − 1) − 1"];
  return ["⌊(", input, ` + 2${times}`, value(p), " − ", ...reach, ") / ", value(s), "⌋ + 1"];
}

export function drawFormula(element, state, _) {
  const line = (name, formula) => h("p", {}, h("span", { class: "cv-axis" }, name), h("span", {}, formula));
  const solved = (name, axis, at) => {
    const size = h("b", { class: "cv-output" }, printed(Math.max(0, sizes(state)[at])));
    return line(name, [...sizeFormula(state, axis, "·"), " = ", size]);
  };
  const general = line([_("size"), " ", h("i", {}, "o")], sizeFormula(state, { n: "n", k: "k", s: "s", p: "p", d: "d", a: "a" }));
  const [down, across] = axes(state);
  const lines = state.dims === 1 ? [solved(_("here"), across, 1)] : [solved(_("rows"), down, 0), solved(_("columns"), across, 1)];
  element.replaceChildren(general, ...lines);
}
