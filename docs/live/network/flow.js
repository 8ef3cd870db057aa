// The network from its input down: a list of its layers, and in the gutter the lines that pass some of them by.
import { h } from "../dom.js";
import { nodeName, operatorNames, settings, size, whole } from "./phrases.js";
import { lanes } from "./state.js";

const ROW = 44; // pixels of the screen
const LANE = 9;
const TURN = 14; // where a line leaves a row, and comes back into one
const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity };
let lists = 0; // options of several lists on a page have names of their own

export class Flow {
  /** `choose(place)` is called when a reader takes a layer. */
  constructor(_, choose) {
    Object.assign(this, { _, choose, prefix: `nw-${lists++}` });
    this.list = h("ul", { class: "nw-list", role: "listbox", tabindex: 0, "aria-label": _("Layers: arrow keys go up and down") });
    this.list.addEventListener("keydown", (event) => this.#press(event));
    this.element = h("div", { class: "nw-flow" }, this.list);
  }

  /** Another model. */
  show(model) {
    this.model = model;
    const { nodes } = model;
    const lines = lanes(nodes);
    const width = LANE * (Math.max(-1, ...lines.map(({ lane }) => lane)) + 1) + TURN;
    const drawn = lines.map(({ from, to, lane }) => {
      const [x, top, bottom] = [width - TURN - LANE * lane, (from + 0.5) * ROW + 6, (to + 0.5) * ROW - 6];
      return `M${width} ${top}H${x + 4}Q${x} ${top} ${x} ${top + 4}V${bottom - 4}Q${x} ${bottom} ${x + 4} ${bottom}H${width}`;
    });
    const height = nodes.length * ROW;
    const gutter = h("svg:svg", { class: "nw-gutter", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, h("svg:path", { d: drawn.join("") }));
    const names = operatorNames(this._);
    this.options = nodes.map((node, place) => {
      const details = h("span", { class: "nw-shape" });
      const says = [place ? names[node.op] : "", settings(node, this._)].filter(Boolean).join(", ");
      const row = h("li", { role: "option", id: `${this.prefix}-${place}`, onclick: () => this.choose(place) }, h("b", {}, nodeName(node, this._)), details, h("span", { class: "nw-says" }, says));
      return Object.assign(row, { details });
    });
    this.list.style.setProperty("--gutter", `${width}px`);
    this.list.replaceChildren(gutter, ...this.options);
  }

  draw({ rows, products }, chosen) {
    for (const [place, option] of this.options.entries()) {
      const row = rows[place];
      option.classList.toggle("nw-missing", !row);
      option.setAttribute("aria-selected", String(place === chosen));
      option.details.textContent = row ? size(row.shape) : "–";
      option.style.setProperty("--share", row && products ? row.products / products : 0);
      option.title = row ? whole(row.products) : "";
    }
    this.list.setAttribute("aria-activedescendant", this.options[chosen].id);
    this.#reveal(this.options[chosen]);
  }

  /** Scroll the list, never the page. */
  #reveal({ offsetTop, offsetHeight }) {
    const { list } = this;
    if (offsetTop < list.scrollTop) list.scrollTop = offsetTop;
    else if (offsetTop + offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = offsetTop + offsetHeight - list.clientHeight;
  }

  #press(event) {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    const chosen = this.options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    this.choose(Math.max(0, Math.min(this.options.length - 1, chosen + STEPS[event.key])));
  }
}
