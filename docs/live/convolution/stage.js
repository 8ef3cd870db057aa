// The tables and the windows that slide between them: input ∗ kernel = output, or words where there is no output.
import { h, printed } from "../dom.js";
import { Grid } from "./grid.js";
import { axes, isPooling, read, taps, winner } from "./model.js";
import { tableName } from "./phrases.js";

const sign = (character) => h("span", { class: "cv-sign", "aria-hidden": "true" }, character);

/** An element on a cell of a table. */
function placed(element, row, column) {
  element.style.setProperty("--row", row);
  element.style.setProperty("--column", column);
  return element;
}

export class Stage {
  /**
   * `select(role, place)` is called when a number of the input, the kernel or the output is reached, `type()` when one is
   * typed, `hover(place)` when the mouse is over an output. `host` learns how much room all of it takes.
   */
  constructor(host, _, reactions) {
    Object.assign(this, { host, _, reactions });
    this.refusal = h("p", { class: "cv-refusal", role: "status" });
    this.equals = sign("");
    this.element = h("div", { class: "cv-stage" });
  }

  /** Focus the number that was reached last. */
  focus(role) {
    this.#reached(role).focus();
  }

  #reached(role) {
    return this.places[role].slice(0, -2).reduce((grids, at) => grids[at], this.grids[role]);
  }

  /** Show a state; `refused` says why it has no output, and is empty where it has one. */
  draw({ state, output, places, edited, refused }) {
    const fits = !refused;
    const [down, across] = axes(state);
    const [filter, ...place] = places.output;
    this.places = places;
    this.#build(state);
    const each = (role, array, options) => {
      const show = (grid, table, at) => {
        const chosen = grid === this.#reached(role);
        const extent = [table.length, table[0].length].slice(state.dims === 1 ? 1 : 0).join("×");
        grid.show(table, { name: tableName(state, role, at, this._), extent, chosen, place: chosen ? places[role].slice(-2) : undefined, ...options(at) });
        grid.mark(role === edited && chosen);
      };
      array.forEach((item, at) => (Array.isArray(this.grids[role][at]) ? item.forEach((table, map) => show(this.grids[role][at][map], table, [at, map])) : show(this.grids[role][at], item, [at])));
    };
    const border = [down.p, across.p];
    each("input", state.input, ([map]) => ({ border, beyond: (row, column) => read(state, map, row, column) }));
    if (!isPooling(state)) each("kernel", state.kernel, () => ({}));
    if (fits) each("output", output, () => ({}));
    this.grids.kernel.forEach((grids, at) => grids.forEach(({ element }) => element.classList.toggle("cv-chosen", at === filter)));
    this.outputs.hidden = this.equals.hidden = !fits;
    this.refusal.textContent = refused;
    this.windows.forEach((window, map) => {
      window.hidden = !fits;
      this.#drawWindow(window, state, [filter, map], place);
    });
    this.#reserve(state, border, fits ? output[0] : [Array(4)]); // the refusal is four cells wide
  }

  /** Make a table for each map, each slice of a filter and each output, where there are not as many already. */
  #build(state) {
    const { operation, input, kernel } = state;
    const kind = [operation, input.length, kernel.length].join();
    if (kind === this.kind) return;
    this.kind = kind;
    const { select, type, hover } = this.reactions;
    const editable = (role, ...at) => new Grid(role, { select: (place) => select(role, [...at, ...place]), type });
    this.grids = {
      input: input.map((_table, map) => editable("input", map)),
      kernel: kernel.map((tables, filter) => tables.map((_table, map) => editable("kernel", filter, map))),
      output: kernel.map((_tables, filter) => new Grid("output", { select: (place) => select("output", [filter, ...place]) })),
    };
    this.windows = this.grids.input.map(({ field }) => {
      const window = h("div", { class: "cv-window", "aria-hidden": "true" });
      field.append(window);
      return window;
    });
    this.grids.output.forEach((grid, filter) => {
      grid.table.addEventListener("pointerover", ({ target, pointerType }) => {
        const place = pointerType === "mouse" && grid.at(target);
        if (place) hover([filter, ...place]);
      });
    });
    const elements = (grids) => grids.map(({ element }) => element);
    const slices = (map) => elements(this.grids.kernel.map((tables) => tables[map]));
    this.outputs = h("div", { class: "cv-outputs" }, elements(this.grids.output));
    this.equals.textContent = isPooling(state) ? "→" : "=";
    this.element.replaceChildren(
      ...this.grids.input.flatMap(({ element }, map) => [
        h("div", { class: "cv-map" }, element),
        ...(isPooling(state) ? [] : [h("div", { class: "cv-pair" }, sign("∗"), slices(map))]),
      ]),
      h("div", { class: "cv-pair cv-result" }, this.equals, this.outputs, this.refusal),
    );
  }

  /** Weights in the corners of what the kernel lies on; under a window that has none, the number that wins. */
  #drawWindow(window, state, [filter, map], [i, j]) {
    const [down, across] = axes(state);
    const won = state.operation === "max-pooling" ? winner(taps(state, [filter, i, j])[map]) : -1;
    const tap = (weight, index) =>
      h("span", { class: index === won ? "cv-tap cv-winner" : "cv-tap" }, isPooling(state) ? null : h("span", {}, printed(weight)));
    placed(window, i * down.s, j * across.s).replaceChildren(
      ...state.kernel[filter][map].flatMap((weights, k) =>
        weights.map((weight, l) => placed(tap(weight, k * weights.length + l), k * down.d, l * across.d)),
      ),
    );
  }

  /** Tell the style sheet the sizes from which it computes the size of a cell. */
  #reserve({ dims, operation, input, kernel }, [above, left], output) {
    const sizes = {
      channels: input.length,
      filters: kernel.length,
      "input-rows": input[0].length + 2 * above,
      "input-columns": input[0][0].length + 2 * left,
      "kernel-rows": kernel[0][0].length,
      "kernel-columns": kernel[0][0][0].length,
      "output-rows": output.length,
      "output-columns": output[0].length,
    };
    Object.assign(this.host.dataset, { dims, operation });
    for (const [name, cells] of Object.entries(sizes)) this.host.style.setProperty(`--${name}`, cells);
  }
}
