// The stack as a table, the last layer first, as in the drawing: settings, and what follows from them.
import { h, printed } from "../dom.js";
import { fields } from "./model.js";
import { kindNames } from "./phrases.js";

export class Table {
  /** `choose(level)` is called when a reader takes a layer. */
  constructor(_, choose) {
    Object.assign(this, { _, choose });
    const columns = [
      [_("Kernel"), "k"], [_("Stride"), "s"], [_("Padding"), "p"], [_("Dilation"), "d"],
      [_("Units"), "n"], [_("Sees"), "r"], [_("Jump"), "j"], [_("Begins"), "f"],
    ];
    const head = ([word, symbol]) => h("th", { scope: "col" }, h("span", {}, word), " ", h("i", {}, symbol));
    this.body = h("tbody", {});
    const titles = h("tr", {}, h("th", { scope: "col" }, h("span", {}, _("Layer"))), columns.map(head));
    this.element = h("table", { class: "rf-table" }, h("thead", {}, titles), this.body);
  }

  draw({ layers }, sizes, chosen) {
    const found = fields(layers);
    const focused = [...this.body.querySelectorAll("button")].indexOf(document.activeElement);
    const rows = layers.map((layer, place) => this.#row(layer, place, { units: sizes[place + 1], field: found[place + 1], chosen }));
    this.body.replaceChildren(...rows.reverse());
    this.body.querySelectorAll("button")[focused]?.focus();
  }

  #row({ kind, kernel, stride, padding, dilation }, place, { units, field, chosen }) {
    const { _ } = this;
    const known = units !== undefined;
    const results = known ? [units, field.size, field.jump, field.offset] : ["–", "–", "–", "–"];
    const name = [h("b", {}, String(place + 1)), " ", h("span", { class: "rf-kind" }, kindNames(_)[kind])];
    const take = h("button", { type: "button", "aria-pressed": String(place === chosen), onclick: () => this.choose(place + 1) }, name);
    const cells = [kernel, stride, padding, dilation].map((value) => h("td", {}, String(value)));
    const answers = results.map((value) => h("td", { class: "rf-result" }, printed(value)));
    return h("tr", { class: known ? "" : "rf-missing" }, h("th", { scope: "row" }, take), cells, answers);
  }
}
