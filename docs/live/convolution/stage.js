// The tables and the window that slides between them: input ∗ kernel = output, or words where there is no output.
import { h, printed } from "../dom.js";
import { Grid } from "./grid.js";
import { axes, read } from "./model.js";

export class Stage {
  /**
   * `select(role, place)` is called when a number of the input, the kernel or the output is reached, `type()` when one is
   * typed, `hover(place)` when the mouse is over an output. `host` learns how much room all of it takes.
   */
  constructor(host, _, { select, type, hover }) {
    Object.assign(this, { host, _ });
    this.grids = {
      input: new Grid("input", { select: (place) => select("input", [0, ...place]), type }),
      kernel: new Grid("kernel", { select: (place) => select("kernel", [0, 0, ...place]), type }),
      output: new Grid("output", { select: (place) => select("output", [0, ...place]) }),
    };
    const { input, kernel, output } = this.grids;
    this.window = h("div", { class: "cv-window", "aria-hidden": "true" });
    input.field.append(this.window);
    output.table.addEventListener("pointerover", ({ target, pointerType }) => {
      const place = pointerType === "mouse" && output.at(target);
      if (place) hover([0, ...place]);
    });
    this.refusal = h("p", { class: "cv-refusal", role: "status" });
    const sign = (character) => h("span", { class: "cv-sign", "aria-hidden": "true" }, character);
    this.equals = sign("=");
    const weights = h("div", { class: "cv-pair" }, sign("∗"), kernel.element);
    const result = h("div", { class: "cv-pair" }, this.equals, output.element, this.refusal);
    this.element = h("div", { class: "cv-stage" }, input.element, h("div", { class: "cv-rest" }, weights, result));
  }

  focus(role) {
    this.grids[role].focus();
  }

  /** Show a state; `refused` says why it has no output, and is empty where it has one. */
  draw({ state, output: [output], places, edited, refused }) {
    const { _, grids } = this;
    const fits = !refused;
    const [down, across] = axes(state);
    const [[input], [[kernel]]] = [state.input, state.kernel];
    const extent = (table) => [table.length, table[0].length].slice(state.dims === 1 ? 1 : 0).join("×");
    const border = [down.p, across.p];
    const beyond = (row, column) => read(state, 0, row, column);
    const at = (role) => places[role].slice(-2);
    grids.input.show(input, { name: _("input"), extent: extent(input), border, beyond, place: at("input") });
    grids.kernel.show(kernel, { name: _("kernel"), extent: extent(kernel), place: at("kernel") });
    if (fits) grids.output.show(output, { name: _("output"), extent: extent(output), place: at("output") });
    for (const role of ["input", "kernel"]) grids[role].mark(edited === role);
    grids.output.element.hidden = this.equals.hidden = this.window.hidden = !fits;
    this.refusal.textContent = refused;
    this.#drawWindow(kernel, [down, across], at("output"));
    this.#reserve(state, border, fits ? output : [Array(4)]); // the refusal is four cells wide
  }

  #drawWindow(kernel, [down, across], place) {
    const at = (element, row, column) => {
      element.style.setProperty("--row", row);
      element.style.setProperty("--column", column);
      return element;
    };
    const tap = (weight) => h("span", { class: "cv-tap" }, h("span", {}, printed(weight)));
    at(this.window, place[0] * down.s, place[1] * across.s).replaceChildren(
      ...kernel.flatMap((weights, k) => weights.map((weight, l) => at(tap(weight), k * down.d, l * across.d))),
    );
  }

  /** Tell the style sheet the sizes from which it computes the size of a cell. */
  #reserve({ dims, operation, input: [input], kernel: [[kernel]] }, [above, left], output) {
    const sizes = {
      "input-rows": input.length + 2 * above,
      "input-columns": input[0].length + 2 * left,
      "kernel-rows": kernel.length,
      "kernel-columns": kernel[0].length,
      "output-rows": output.length,
      "output-columns": output[0].length,
    };
    Object.assign(this.host.dataset, { dims, operation });
    for (const [name, cells] of Object.entries(sizes)) this.host.style.setProperty(`--${name}`, cells);
  }
}
