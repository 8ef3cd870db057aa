// The convolution playground: keeps a state and lets a reader change it; model.js computes, stage.js draws.
import { Choice, iconButton, Stepper } from "../controls.js";
import { h, printed } from "../dom.js";
import { drawFormula } from "./formula.js";
import { axes, convolve, MODES, mostTelling, outputSize, taps } from "./model.js";
import { cellName, modeNames, outputName, refusal } from "./phrases.js";
import { Stage } from "./stage.js";
import { drawSum, spokenSum } from "./sum.js";
import { decoded, encoded, firstState, preset, presetNames, withSizes } from "./state.js";

const PACE = 1100; // milliseconds per step
const KEY = "convolution="; // of a shared address

export function mount(element, settings, _) {
  new Playground(element, settings, _);
}

class Playground {
  constructor(element, settings, _) {
    const attributes = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
    Object.assign(this, { element, settings, _, timer: 0 });
    this.first = firstState(settings, attributes);
    this.state = this.#shared() ?? this.first;
    this.offersModes = "padding-mode" in attributes;
    this.place = mostTelling(convolve(this.state));
    this.edited = { role: "kernel", place: [0, 0] };
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
    this.stage = new Stage(this.element, _, {
      edit: (role, place) => this.edit(role, place),
      type: () => this.#type(),
      go: (place) => this.go(place),
      hover: (place) => {
        if (!this.timer) this.go(place);
      },
    });
    this.sum = h("div", { class: "cv-sum", "aria-hidden": "true" });
    this.said = h("p", { class: "live-said", "aria-live": "polite" });
    this.formula = h("div", { class: "cv-formula" });
    this.link = h("a", { class: "live-link" }, _("Link to this state"));
    this.app = h(
      "div",
      { class: "cv live-panel live-app", role: "group", "aria-label": _("Convolution playground") },
      this.#bar(),
      this.#steppers(),
      this.stage.element,
      this.sum,
      this.said,
      h("div", { class: "cv-controls" }, this.#playback(), this.#editor()),
      this.formula,
      this.link,
    );
    this.element.append(this.app);
  }

  #bar() {
    const { _, settings } = this;
    this.dims = new Choice({
      legend: _("Dimensions"),
      options: [1, 2].map((dims) => [dims, `${dims}-D`]),
      change: (dims) => this.begin(preset(settings, presetNames(settings, dims)[0])),
    });
    this.presets = h("select", { "aria-label": _("Example"), onchange: () => this.begin(preset(settings, this.presets.value)) });
    const restart = () => this.begin(this.first);
    return h(
      "div",
      { class: "cv-bar" },
      this.dims.element,
      this.presets,
      h("button", { type: "button", class: "live-button", onclick: restart }, _("Reset")),
    );
  }

  #steppers() {
    const { _ } = this;
    const sizes = { rows: [_("Rows"), "n"], columns: [_("Columns"), "n"], kernel: [_("Kernel"), "k"] };
    const steps = { stride: [_("Stride"), "s"], padding: [_("Padding"), "p"], dilation: [_("Dilation"), "d"] };
    const make = ([name, [label, symbol]], change) => [name, new Stepper(_, { label, symbol, range: this.settings.ranges[name], change })];
    this.steppers = Object.fromEntries([
      ...Object.entries(sizes).map((entry) => make(entry, (value) => this.change(withSizes(this.state, { [entry[0]]: value })))),
      ...Object.entries(steps).map((entry) => make(entry, (value) => this.change({ ...this.state, [entry[0]]: value }))),
    ]);
    const steppers = Object.values(this.steppers).map((stepper) => stepper.element);
    return h("div", { class: "cv-settings" }, steppers, this.#modes());
  }

  /** What stands in the padding: asked where the author, or a shared address, has brought it up. */
  #modes() {
    const { _ } = this;
    const names = modeNames(_);
    const change = () => this.change({ ...this.state, mode: this.mode.value });
    this.mode = h("select", { onchange: change }, MODES.map((mode) => h("option", { value: mode }, names[mode])));
    this.modes = h("label", { class: "cv-mode" }, h("span", { class: "live-label" }, _("Padding with")), this.mode);
    return this.modes;
  }

  #playback() {
    const { _ } = this;
    const back = iconButton("back", _("Back"), () => this.#pause(() => this.step(-1)));
    const step = iconButton("step", _("Step"), () => this.#pause(() => this.step(1)));
    this.playing = iconButton("play", _("Play"), () => (this.timer ? this.#pause() : this.play()));
    return h("div", { class: "cv-playback" }, back.element, this.playing.element, step.element);
  }

  #editor() {
    const { _, settings } = this;
    this.number = new Stepper(_, { label: _("Number"), range: settings.ranges.number, change: (value) => this.write(value) });
    this.number.field.addEventListener("keydown", ({ key }) => {
      if (key === "Enter" || key === "Escape") this.stage.focus(this.edited.role);
    });
    return this.number.element;
  }

  /** A digit typed on a cell goes into the field that changes it. */
  #type() {
    this.number.field.focus();
    this.number.field.select();
  }

  // What a reader does

  change(state, place = this.place) {
    this.state = state;
    this.place = place;
    this.draw();
  }

  /** A state as if the page had just been opened with it. */
  begin(state) {
    this.#pause(() => this.change(state, mostTelling(convolve(state))));
  }

  go(place) {
    if (place.join() === this.place.join()) return;
    this.#pause(() => this.change(this.state, place));
  }

  edit(role, place) {
    this.edited = { role, place };
    this.draw();
  }

  write(value) {
    const { role, place } = this.edited;
    const table = this.state[role].map((row) => [...row]);
    table[place[0]][place[1]] = value;
    this.change({ ...this.state, [role]: table });
  }

  step(by) {
    const columns = this.output[0]?.length ?? 0;
    const cells = this.output.length * columns;
    const next = (this.place[0] * columns + this.place[1] + by + cells) % cells;
    if (cells) this.change(this.state, [Math.floor(next / columns), next % columns]);
  }

  play() {
    this.timer = setInterval(() => (this.element.isConnected ? this.step(1) : this.#pause()), PACE);
    this.playing.show("pause", this._("Pause"));
  }

  #pause(then = () => {}) {
    clearInterval(this.timer);
    this.timer = 0;
    this.playing.show("play", this._("Play"));
    then();
    this.draw();
  }

  // What a reader sees

  draw() {
    const { state, _ } = this;
    const both = axes(state);
    this.output = convolve(state);
    this.place = this.place.map((at, axis) => Math.max(0, Math.min(at, outputSize(both[axis]) - 1)));
    const refused = refusal(state, _);
    this.stage.draw({ state, output: this.output, place: this.place, edited: this.edited, refused });
    this.#drawSum(!refused);
    drawFormula(this.formula, state, _);
    this.#drawControls();
    this.link.href = `#${KEY}${encoded(state)}`;
  }

  #drawSum(fits) {
    const { _, state, place } = this;
    const found = fits ? taps(state, place) : [];
    const total = fits ? printed(this.output[place[0]][place[1]]) : "";
    drawSum(this.sum, found, state.kernel[0].length, total);
    this.sum.hidden = !fits;
    if (this.timer || !fits) return;
    this.said.textContent = `${outputName(state, place, _)}: ${spokenSum(found)} = ${total}`;
  }

  #drawControls() {
    const { _, state, steppers, settings } = this;
    const { role } = this.edited;
    const table = state[role];
    const place = this.edited.place.map((at, axis) => Math.min(at, [table.length, table[0].length][axis] - 1));
    this.edited = { role, place };
    const sizes = { rows: state.input.length, columns: state.input[0].length, kernel: state.kernel[0].length };
    for (const [name, stepper] of Object.entries(steppers)) stepper.show(sizes[name] ?? state[name]);
    steppers.rows.element.hidden = state.dims === 1;
    this.mode.value = state.mode;
    this.modes.hidden = !state.padding || !(this.offersModes || state.mode !== "zeros");
    this.dims.show(state.dims);
    const names = presetNames(settings, state.dims);
    const same = names.find((name) => encoded(preset(settings, name)) === encoded(state));
    const own = h("option", { value: "", disabled: true, selected: !same }, _("Your own numbers"));
    const options = names.map((name) => h("option", { value: name, selected: name === same }, _(settings.presets[name].name)));
    this.presets.replaceChildren(...(same ? [] : [own]), ...options);
    const label = cellName(state, this.edited, _);
    this.number.label.textContent = label;
    this.number.field.setAttribute("aria-label", label);
    this.number.show(table[place[0]][place[1]]);
  }
}
