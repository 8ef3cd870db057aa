// The receptive-field explorer: keeps a stack of layers and a place in it; model.js computes, drawing.js draws.
import { Choice, Stepper } from "../controls.js";
import { h, printed } from "../dom.js";
import { Drawing } from "./drawing.js";
import { fields, levels } from "./model.js";
import { kindNames, refusalWords, sight, sum } from "./phrases.js";
import { decoded, encoded, firstState, KINDS, preset, within } from "./state.js";
import { Table } from "./table.js";

const KEY = "receptive-field="; // of a shared address
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };

export function mount(element, settings, _) {
  new Explorer(element, settings, _);
}

class Explorer {
  constructor(element, settings, _) {
    const attributes = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
    Object.assign(this, { element, settings, _, pointed: null });
    this.first = firstState(settings, attributes);
    this.state = this.#shared() ?? this.first;
    this.#build();
    this.draw();
    window.addEventListener("hashchange", () => this.change(this.#shared() ?? this.state));
  }

  #shared() {
    const [, text] = location.hash.split(`#${KEY}`);
    return text ? decoded(this.settings, text) : null;
  }

  #build() {
    const { _ } = this;
    this.drawing = new Drawing(_, { point: (place) => this.point(place), choose: (place) => this.choose(place) });
    this.drawing.element.tabIndex = 0;
    this.drawing.element.addEventListener("keydown", (event) => this.#press(event));
    this.sight = h("p", { class: "rf-sight" });
    this.spoken = h("p", { class: "live-said", "aria-live": "polite" });
    this.formula = h("p", { class: "rf-formula" });
    this.refusal = h("p", { class: "rf-refusal", role: "status" });
    this.table = new Table(_, (level) => this.choose([level, this.state.place[1]]));
    this.link = h("a", { class: "live-link" }, _("Link to this stack"));
    this.app = h(
      "div",
      { class: "rf live-panel live-app", role: "group", "aria-label": _("Receptive-field explorer") },
      this.#bar(),
      this.refusal,
      this.drawing.element,
      this.sight,
      this.spoken,
      this.formula,
      this.#places(),
      this.table.element,
      this.#knobs(),
      this.link,
    );
    Object.assign(this.drawing.element, { role: "group", ariaLabel: _("Units: arrow keys go along a layer, and up and down") });
    this.element.append(this.app);
  }

  #bar() {
    const { _, settings } = this;
    this.presets = h("select", { "aria-label": _("Example"), onchange: () => this.change(preset(settings, this.presets.value)) });
    this.pixels = new Stepper(_, { label: _("Pixels"), symbol: "n", range: settings.ranges.pixels, change: (pixels) => this.alter({ pixels }) });
    const restart = () => this.change(this.first);
    return h("div", { class: "rf-bar" }, this.presets, this.pixels.element, h("button", { type: "button", class: "live-button", onclick: restart }, _("Reset")));
  }

  /** Whose view is shown: for fingers and for the keyboard. */
  #places() {
    const { _ } = this;
    this.layer = new Stepper(_, { label: _("Layer"), range: [0, 1], change: (level) => this.choose([level, this.state.place[1]]) });
    this.unit = new Stepper(_, { label: _("Unit"), range: [0, 1], change: (unit) => this.choose([this.state.place[0], unit]) });
    return h("div", { class: "rf-places" }, this.layer.element, this.unit.element);
  }

  /** What changes the chosen unit's layer. */
  #knobs() {
    const { _, settings } = this;
    const labels = { kernel: [_("Kernel"), "k"], stride: [_("Stride"), "s"], padding: [_("Padding"), "p"], dilation: [_("Dilation"), "d"] };
    const knob = ([name, [label, symbol]]) => [name, new Stepper(_, { label, symbol, range: settings.ranges[name], change: (value) => this.alterLayer({ [name]: value }) })];
    this.knobs = Object.fromEntries(Object.entries(labels).map(knob));
    this.kind = new Choice({
      legend: _("Kind"),
      options: KINDS.map((kind) => [kind, kindNames(_)[kind]]),
      change: (kind) => this.alterLayer({ kind }),
    });
    this.title = h("legend", {});
    const button = (label, onclick) => h("button", { type: "button", class: "live-button", onclick }, label);
    this.remove = button(_("Remove this layer"), () => this.drop());
    this.add = button(_("Add a layer above"), () => this.insert());
    const steppers = Object.values(this.knobs).map((stepper) => stepper.element);
    this.turned = h("div", { class: "rf-turned" }, this.kind.element, h("div", { class: "rf-steppers" }, steppers));
    return h("fieldset", { class: "rf-knobs" }, this.title, this.turned, h("div", { class: "rf-buttons" }, this.add, this.remove));
  }

  #press(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const [level, unit] = this.state.place;
    this.choose([Math.max(0, level + step[0]), unit + step[1]]);
  }

  // What a reader does

  change(state) {
    this.state = within(state);
    this.pointed = null;
    this.draw();
  }

  alter(change) {
    this.change({ ...this.state, ...change });
  }

  alterLayer(change) {
    const chosen = this.#chosen;
    this.alter({ layers: this.state.layers.map((layer, place) => (place === chosen ? { ...layer, ...change } : layer)) });
  }

  /** A layer like the chosen one, without its stride; on the pixels, like the first. */
  insert() {
    const { layers, place } = this.state;
    const copy = { ...layers[this.#chosen], stride: 1 };
    const at = Math.min(place[0], layers.length);
    this.alter({ layers: layers.toSpliced(at, 0, copy), place: [at + 1, place[1]] });
  }

  drop() {
    const { layers, place } = this.state;
    this.alter({ layers: layers.toSpliced(this.#chosen, 1), place: [Math.max(1, place[0] - 1), place[1]] });
  }

  choose(place) {
    this.alter({ place });
  }

  point(place) {
    if (String(place) === String(this.pointed)) return;
    this.pointed = place;
    this.#look();
  }

  /** The layer whose knobs are shown: where one cannot be, that one. */
  get #chosen() {
    const { refusal } = levels(this.state);
    return refusal ? refusal.place : Math.max(0, this.state.place[0] - 1);
  }

  // What a reader sees

  draw() {
    const { state, _ } = this;
    const { sizes, refusal } = levels(state);
    this.element.style.setProperty("--levels", state.layers.length + 1);
    this.refusal.textContent = refusalWords(refusal, _);
    this.refusal.hidden = !refusal;
    this.table.draw(state, sizes, this.#chosen);
    this.#drawControls(sizes);
    this.link.href = `#${KEY}${encoded(state)}`;
    this.#look();
    this.spoken.textContent = this.sight.textContent;
  }

  /** The part that follows the mouse. */
  #look() {
    const { state, _ } = this;
    const place = this.pointed ?? state.place;
    this.drawing.draw(state, place);
    this.sight.textContent = printed(sight(state, place, _));
    const symbol = h("i", {}, "r");
    this.formula.replaceChildren(symbol, h("sub", {}, String(place[0])), ` = ${sum(state.layers, place[0])}`);
  }

  #drawControls(sizes) {
    const { state, _, settings } = this;
    const [level, unit] = state.place;
    const chosen = this.#chosen;
    this.pixels.show(state.pixels);
    this.layer.limit([0, sizes.length - 1]).show(level);
    this.unit.limit([0, sizes[level] - 1]).show(unit);
    this.title.textContent = _("Change layer {layer}", { layer: chosen + 1 });
    this.kind.show(state.layers[chosen].kind);
    for (const [name, stepper] of Object.entries(this.knobs)) stepper.show(state.layers[chosen][name]);
    this.remove.disabled = state.layers.length <= settings.ranges.layers[0];
    this.add.disabled = state.layers.length >= settings.ranges.layers[1];
    const stack = (other) => encoded({ ...other, place: [0, 0] });
    const same = Object.keys(settings.presets).find((name) => stack(preset(settings, name)) === stack(state));
    const own = h("option", { value: "", disabled: true, selected: true }, _("Your own stack"));
    const options = Object.entries(settings.presets).map(([name, { name: title }]) => h("option", { value: name, selected: name === same }, _(title)));
    this.presets.replaceChildren(...(same ? [] : [own]), ...options);
  }
}
