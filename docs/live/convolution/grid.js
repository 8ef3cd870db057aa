// A table of numbers with one tab stop: arrows move within it, a click or the focus selects a cell.
import { h } from "../dom.js";
import { shown } from "./numbers.js";

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Grid {
  /** `select(place)` is called when a cell is reached, `type()` when a reader begins to type a number into one. */
  constructor(role, { select, type = () => {} }) {
    this.place = [0, 0];
    this.shape = "";
    this.type = type;
    this.select = select;
    this.table = h("div", { class: "cv-table", role: "grid" });
    this.table.addEventListener("focusin", ({ target }) => this.#reach(target));
    this.table.addEventListener("keydown", (event) => this.#press(event));
    this.title = h("div", { class: "cv-title" });
    this.field = h("div", { class: "cv-field" }, this.table);
    this.element = h("div", { class: `cv-grid cv-${role}` }, this.title, this.field);
  }

  /** Show a table of numbers within `border` rows and columns, where `beyond` says what is read, and select a cell, if it is here that one is `chosen`. */
  show(table, { name, extent, border = [0, 0], beyond, chosen = true, place = this.place }) {
    const [rows, columns] = [table.length, table[0]?.length ?? 0];
    const shape = [rows, columns, ...border].join();
    if (shape !== this.shape) this.#build(rows, columns, border);
    this.shape = shape;
    for (const { cell, row, column } of this.border) cell.textContent = shown(beyond(row, column));
    this.place = [Math.max(0, Math.min(place[0], rows - 1)), Math.max(0, Math.min(place[1], columns - 1))];
    this.title.replaceChildren(h("b", {}, name), " ", h("span", {}, extent));
    this.table.setAttribute("aria-label", `${name} ${extent}`);
    const largest = Math.max(1e-9, ...table.flat().filter(Number.isFinite).map(Math.abs));
    table.forEach((row, i) =>
      row.forEach((number, j) => {
        const cell = this.cells[i][j];
        const held = i === this.place[0] && j === this.place[1];
        cell.textContent = shown(number);
        cell.style.setProperty("--length", cell.textContent.length);
        cell.tabIndex = held ? 0 : -1;
        cell.setAttribute("aria-selected", held && chosen);
        cell.classList.toggle("cv-negative", number < 0);
        cell.style.setProperty("--strength", Math.min(1, Math.abs(number) / largest));
      }),
    );
  }

  /** Say whether the selected cell is the one whose number is being edited. */
  mark(edited) {
    this.table.classList.toggle("cv-edited", edited);
  }

  focus() {
    this.cells[this.place[0]]?.[this.place[1]]?.focus();
  }

  #build(rows, columns, [above, left]) {
    const focused = this.table.contains(document.activeElement);
    this.border = [];
    const padding = (row) => (column) => {
      const cell = h("div", { class: "cv-padding", "aria-hidden": "true" });
      this.border.push({ cell, row, column });
      return cell;
    };
    const several = (count, make, from = 0) => Array.from({ length: count }, (_cell, index) => make(from + index));
    this.cells = several(rows, () => several(columns, () => h("div", { class: "cv-cell", role: "gridcell", tabindex: -1 })));
    const outside = (row) => h("div", { class: "cv-row", "aria-hidden": "true" }, several(columns + 2 * left, padding(row), -left));
    this.table.replaceChildren(
      ...several(above, outside, -above),
      ...this.cells.map((cells, row) =>
        h("div", { class: "cv-row", role: "row" }, several(left, padding(row), -left), cells, several(left, padding(row), columns)),
      ),
      ...several(above, outside, rows),
    );
    if (focused) queueMicrotask(() => this.focus());
  }

  #reach(target) {
    const place = this.at(target);
    if (place) this.select(place);
  }

  /** The row and column of a cell of this grid. */
  at(target) {
    for (const [i, row] of this.cells.entries()) {
      const j = row.indexOf(target);
      if (j >= 0) return [i, j];
    }
    return null;
  }

  #press(event) {
    const [i, j] = this.place;
    const step = STEPS[event.key];
    const end = { Home: [i, 0], End: [i, this.cells[i].length - 1] }[event.key];
    if (step || end) {
      event.preventDefault();
      const [row, column] = end ?? [i + step[0], j + step[1]];
      this.cells[row]?.[column]?.focus();
    } else if (/^[-\d]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.type();
    }
  }
}
