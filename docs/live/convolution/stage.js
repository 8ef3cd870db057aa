// The tables, and the windows that slide over an input or are laid down on an output; or words where there is no output.
import { h, printed } from "../dom.js";
import { Grid } from "./grid.js";
import { axes, isPooling, isTransposed, read, taps, winner } from "./model.js";
import { tableName } from "./phrases.js";
import { laidDown } from "./stamp.js";
import { at } from "./state.js";

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

  /** The table in which the number stands that was reached last. */
  #reached(role) {
    return at(this.grids[role], this.places[role].slice(0, -2));
  }

  /** Show a state; `refused` says why it has no output, and is empty where it has one. */
  draw({ state, output, places, edited, refused }) {
    const { _ } = this;
    const [fits, stamps, border] = [!refused, isTransposed(state), axes(state).map(({ p }) => p)];
    const [filter] = places.output;
    this.places = places;
    this.#build(state);
    const show = (role, path, table, beyond) => {
      const grid = at(this.grids[role], path);
      const chosen = grid === this.#reached(role);
      const extent = [table.length, table[0].length].slice(state.dims === 1 ? 1 : 0).join("×");
      const place = chosen ? places[role].slice(-2) : undefined;
      grid.show(table, { name: tableName(state, role, path, _), extent, chosen, place, ...(beyond && { border, beyond }) });
      grid.mark(role === edited && chosen);
    };
    const padding = (map) => !stamps && ((row, column) => read(state, map, row, column));
    const cut = stamps && ((row, column) => laidDown(state, [row, column]));
    state.input.forEach((table, map) => show("input", [map], table, padding(map)));
    if (!isPooling(state)) state.kernel.forEach((tables, of) => tables.forEach((table, map) => show("kernel", [of, map], table)));
    if (fits) output.forEach((table, of) => show("output", [of], table, cut));
    this.grids.kernel.forEach((grids, of) => grids.forEach(({ element }) => element.classList.toggle("cv-chosen", of === filter)));
    this.outputs.hidden = this.equals.hidden = !fits;
    this.refusal.textContent = refused;
    this.windows.forEach((window, map) => {
      window.hidden = !fits;
      this.#drawWindow(window, state, [filter, map], places);
    });
    this.#reserve(state, border, fits ? output[0] : null);
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
    this.windows = this.grids[isTransposed(state) ? "output" : "input"].map(({ field }) => {
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
        ...(isPooling(state) ? [] : [h("div", { class: "cv-pair" }, sign(isTransposed(state) ? "×" : "∗"), slices(map))]),
      ]),
      h("div", { class: "cv-pair cv-result" }, this.equals, this.outputs, this.refusal),
    );
  }

  /**
   * In the corners of what the kernel lies on, its weights, or what is added; nothing under a window that has none.
   * Marked is the number that wins, or the output to which is added.
   */
  #drawWindow(window, state, [filter, map], places) {
    const [down, across] = axes(state);
    const stamps = isTransposed(state);
    const [, i, j] = places[stamps ? "input" : "output"];
    const won = state.operation === "max-pooling" ? winner(taps(state, places.output)[map]) : -1;
    const reached = ({ s, p, d }, from, at) => from * s + at * d - p;
    const marked = (k, l, index) =>
      stamps ? reached(down, i, k) === places.output[1] && reached(across, j, l) === places.output[2] : index === won;
    const words = (weight) => {
      const added = stamps && state.input[map][i][j] * weight;
      return stamps && added >= 0 ? `+${added}` : printed(stamps ? added : weight);
    };
    const tap = (weight, k, l, columns) =>
      h(
        "span",
        { class: marked(k, l, k * columns + l) ? "cv-tap cv-winner" : "cv-tap" },
        isPooling(state) ? null : h("span", {}, words(weight)),
      );
    placed(window, i * down.s, j * across.s).replaceChildren(
      ...state.kernel[filter][map].flatMap((weights, k) =>
        weights.map((weight, l) => placed(tap(weight, k, l, weights.length), k * down.d, l * across.d)),
      ),
    );
  }

  /** Tell the style sheet the sizes from which it computes the size of a cell; a refusal is four cells wide. */
  #reserve(state, border, output) {
    const { dims, operation, input, kernel } = state;
    const whole = (table) => [table.length + 2 * border[0], table[0].length + 2 * border[1]];
    const bare = (table) => [table.length, table[0].length];
    const [read, made] = isTransposed(state) ? [bare, whole] : [whole, bare];
    const tables = { input: read(input[0]), kernel: bare(kernel[0][0]), output: output ? made(output) : [1, 4] };
    const sides = Object.entries(tables).flatMap(([role, [rows, columns]]) => [
      [`${role}-rows`, rows],
      [`${role}-columns`, columns],
    ]);
    Object.assign(this.host.dataset, { dims, operation });
    for (const [name, cells] of [["channels", input.length], ["filters", kernel.length], ...sides]) this.host.style.setProperty(`--${name}`, cells);
  }
}
