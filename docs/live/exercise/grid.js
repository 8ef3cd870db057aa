// A table of fields that a reader fills, and resizes: the size is part of the answer.
import { h } from "../dom.js";

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Grid {
  /** A row of fields (`axes` 1) or a table of them, with sizes within `sides`. */
  constructor(axes, { sides: [least, most], begin }, _) {
    Object.assign(this, { axes, least, most, _ });
    this.rows = axes === 1 ? 1 : begin;
    this.columns = begin;
    this.cells = [];
    this.table = h("div", { class: "ex-table" });
    this.table.addEventListener("keydown", (event) => this.#move(event));
    this.steppers = [
      ...(axes === 1 ? [] : [this.#stepper("rows", _("Rows"))]),
      this.#stepper("columns", axes === 1 ? _("Numbers") : _("Columns")),
    ];
    this.#draw();
  }

  /** What stands in the cells. */
  get texts() {
    return this.cells.map((row) => row.map((cell) => cell.value));
  }

  /** What changes the sizes. */
  get sizes() {
    return this.steppers.map(({ element }) => element);
  }

  #stepper(side, label) {
    const { _ } = this;
    const press = (by) => () => {
      this[side] += by;
      this.#draw();
    };
    const count = h("output", {});
    const less = h("button", { type: "button", "aria-label": _("{name}: less", { name: label }), onclick: press(-1) }, "−");
    const more = h("button", { type: "button", "aria-label": _("{name}: more", { name: label }), onclick: press(1) }, "+");
    const show = () => {
      count.value = this[side];
      less.disabled = this[side] <= this.least;
      more.disabled = this[side] >= this.most;
    };
    return { show, element: h("div", { class: "ex-size", role: "group", "aria-label": label }, h("span", {}, label), less, count, more) };
  }

  #draw() {
    const kept = this.cells;
    const several = (count, make) => Array.from({ length: count }, (_empty, n) => make(n));
    this.cells = several(this.rows, (i) => several(this.columns, (j) => kept[i]?.[j] ?? this.#cell(i, j)));
    this.table.replaceChildren(...this.cells.map((row) => h("div", { class: "ex-row" }, row)));
    for (const stepper of this.steppers) stepper.show();
  }

  #cell(i, j) {
    const { _ } = this;
    const label = this.axes === 1 ? _("Number {place}", { place: j + 1 }) : _("Row {row}, column {column}", { row: i + 1, column: j + 1 });
    const cell = h("input", { type: "text", autocomplete: "off", maxlength: 12, "aria-label": label });
    cell.addEventListener("focus", () => cell.select());
    return cell;
  }

  /** Arrow keys go from cell to cell; left and right do so where the text ends. */
  #move(event) {
    const step = STEPS[event.key];
    if (!step) return;
    const { target } = event;
    const i = this.cells.findIndex((row) => row.includes(target));
    const j = this.cells[i].indexOf(target);
    const [from, to] = [target.selectionStart, target.selectionEnd];
    const whole = from === 0 && to === target.value.length;
    const inside = step[1] < 0 ? from > 0 : step[1] > 0 && to < target.value.length;
    if (inside && !whole) return;
    const next = this.cells[i + step[0]]?.[j + step[1]];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}
