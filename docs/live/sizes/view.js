// The calculator of sizes: keeps a state and lets a reader change it; model.js computes, results.js shows.
import { Choice } from "../controls.js";
import { h } from "../dom.js";
import { Field } from "./field.js";
import { axes, solve } from "./model.js";
import { allowed, refusal } from "./phrases.js";
import * as results from "./results.js";
import { decoded, encoded, firstState, OPERATIONS, PAIRS, preset, read } from "./state.js";

const KEY = "sizes="; // of a shared address

export function mount(element, settings, _) {
  new Calculator(element, settings, _);
}

class Calculator {
  constructor(element, settings, _) {
    const attributes = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
    Object.assign(this, { settings, _, first: firstState(settings, attributes) });
    this.#build();
    element.append(this.app);
    this.begin(this.#shared() ?? this.first);
    window.addEventListener("hashchange", () => this.begin(this.#shared() ?? this.state));
  }

  #shared() {
    const [, text] = location.hash.split(`#${KEY}`);
    return text ? decoded(this.settings, text) : null;
  }

  #build() {
    const { _ } = this;
    this.refused = h("p", { class: "sz-refused", role: "alert" });
    this.size = h("b", {});
    this.said = h("p", { class: "live-said", "aria-live": "polite" });
    this.parts = ["formulas", "paddings", "shapes", "costs", "code"].map((name) => h("div", { class: `sz-${name}` }));
    this.results = h("div", { class: "sz-results" }, h("p", { class: "sz-size" }, h("span", {}, _("Output")), " ", this.size), this.parts);
    this.link = h("a", { class: "live-link" }, _("Link to this state"));
    const name = { role: "group", "aria-label": _("Calculator of sizes") };
    this.app = h("div", { class: "sz live-panel live-app", ...name }, this.#bar(), this.#fields(), this.refused, this.said, this.results, this.link);
  }

  #bar() {
    const { _, settings } = this;
    const names = { convolution: _("Convolution"), transposed: _("Transposed"), pooling: _("Pooling") };
    this.operation = new Choice({
      legend: _("Operation"),
      options: OPERATIONS.map((operation) => [operation, names[operation]]),
      change: (operation) => this.begin({ ...this.state, operation }),
    });
    this.presets = h("select", { "aria-label": _("Example"), onchange: () => this.begin(preset(settings, this.presets.value)) });
    const restart = () => this.begin(this.first);
    return h("div", { class: "sz-bar" }, this.operation.element, this.presets, h("button", { type: "button", class: "live-button", onclick: restart }, _("Reset")));
  }

  #fields() {
    const { _, settings } = this;
    const names = {
      size: [_("Input size"), "n"],
      kernel: [_("Kernel"), "k"],
      stride: [_("Stride"), "s"],
      dilation: [_("Dilation"), "d"],
      padding: [_("Padding"), "p"],
      added: [_("Output padding"), "a"],
      channels: [_("Channels in")],
      filters: [_("Filters")],
      batch: [_("Batch")],
    };
    const make = ([key, [label, symbol]]) => {
      const reading = { range: settings.ranges[key], allowed: allowed(settings, key, PAIRS.includes(key), _), read: (text) => read(settings, key, text) };
      const words = key === "padding" ? ["same", "valid"] : [];
      return [key, new Field({ label, symbol, words, ...reading, change: (value) => this.change({ ...this.state, [key]: value }) })];
    };
    this.fields = Object.fromEntries(Object.entries(names).map(make));
    this.rounding = new Choice({
      legend: _("Rounding"),
      options: [["down", _("Round down")], ["up", _("Round up")]],
      change: (way) => this.change({ ...this.state, ceil: way === "up" }),
    });
    return h("div", { class: "sz-fields" }, Object.values(this.fields).map(({ element }) => element), this.rounding.element);
  }

  /** A state as if the page had just been opened with it: what was typed wrong is gone. */
  begin(state) {
    this.change(state);
    for (const [key, field] of Object.entries(this.fields)) field.show(state[key]);
  }

  /** A state in which one thing is new; a field that holds something wrong keeps it. */
  change(state) {
    for (const [key, field] of Object.entries(this.fields)) if (field.value !== state[key]) field.show(state[key]);
    this.state = state;
    this.#draw();
  }

  #draw() {
    const { _, state, settings, fields } = this;
    const both = axes(state).map(solve);
    this.refused.textContent = refusal(both, _);
    const fits = !this.refused.textContent;
    this.results.hidden = !fits;
    if (fits) {
      this.size.textContent = results.outputSize(both);
      const { formulas, paddings, shapes, costs, code } = results;
      const drawn = [formulas(state, both, _), paddings(state, _), shapes(state, both, _), costs(state, both, _), code(state, both, _)];
      this.parts.forEach((part, i) => part.replaceChildren(...[drawn[i]].flat()));
    }
    this.said.textContent = fits ? `${_("Output")} ${this.size.textContent}` : "";
    this.operation.show(state.operation);
    fields.added.element.hidden = state.operation !== "transposed" || typeof state.padding === "string";
    fields.filters.element.hidden = state.operation === "pooling";
    this.rounding.element.hidden = state.operation !== "pooling" || typeof state.padding === "string";
    this.rounding.show(state.ceil ? "up" : "down");
    this.link.href = `#${KEY}${encoded(state)}`;
    const names = Object.keys(settings.presets);
    const same = names.find((name) => encoded(preset(settings, name)) === encoded(state));
    const own = h("option", { value: "", disabled: true, selected: !same }, _("Your own numbers"));
    const options = names.map((name) => h("option", { value: name, selected: name === same }, _(settings.presets[name].name)));
    this.presets.replaceChildren(...(same ? [] : [own]), ...options);
  }
}
