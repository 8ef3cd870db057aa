// The convolution playground: draws a state and changes it; the arithmetic is model.js.
import { h, printed } from "../dom.js";
import { iconButton, sizeFormula, Stepper } from "./controls.js";
import { Grid } from "./grid.js";
import { axes, convolve, mostTelling, outputSize, reach, taps } from "./model.js";
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
    this.grids = {
      input: new Grid("input", { select: (place) => this.edit("input", place), type: () => this.#type() }),
      kernel: new Grid("kernel", { select: (place) => this.edit("kernel", place), type: () => this.#type() }),
      output: new Grid("output", { select: (place) => this.go(place) }),
    };
    this.window = h("div", { class: "cv-window", "aria-hidden": "true" });
    this.grids.input.field.append(this.window);
    this.grids.output.table.addEventListener("pointerover", ({ target, pointerType }) => {
      const place = pointerType === "mouse" && !this.timer && this.grids.output.at(target);
      if (place) this.go(place);
    });
    this.refusal = h("p", { class: "cv-refusal", role: "status" });
    this.equals = h("span", { class: "cv-sign", "aria-hidden": "true" }, "=");
    this.sum = h("div", { class: "cv-sum", "aria-hidden": "true" });
    this.said = h("p", { class: "cv-said", "aria-live": "polite" });
    this.formula = h("div", { class: "cv-formula" });
    this.link = h("a", { class: "cv-link" }, _("Link to this state"));
    const sign = h("span", { class: "cv-sign", "aria-hidden": "true" }, "∗");
    const result = h("div", { class: "cv-pair" }, this.equals, this.grids.output.element, this.refusal);
    const weights = h("div", { class: "cv-pair" }, sign, this.grids.kernel.element);
    const stage = h("div", { class: "cv-stage" }, this.grids.input.element, h("div", { class: "cv-rest" }, weights, result));
    this.app = h(
      "div",
      { class: "cv live-app", role: "group", "aria-label": _("Convolution playground") },
      this.#bar(),
      this.#steppers(),
      stage,
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
    const group = `cv-dims-${document.querySelectorAll(".cv").length}`;
    this.radios = [1, 2].map((dims) =>
      h("input", { type: "radio", name: group, value: dims, onchange: () => this.begin(preset(settings, presetNames(settings, dims)[0])) }),
    );
    const labels = this.radios.map((radio, index) => h("label", {}, radio, h("span", {}, `${index + 1}-D`)));
    this.presets = h("select", { "aria-label": _("Example"), onchange: () => this.begin(preset(settings, this.presets.value)) });
    const restart = () => this.begin(this.first);
    return h(
      "div",
      { class: "cv-bar" },
      h("fieldset", { class: "cv-dims" }, h("legend", { class: "cv-said" }, _("Dimensions")), labels),
      this.presets,
      h("button", { type: "button", class: "cv-button", onclick: restart }, _("Reset")),
    );
  }

  #steppers() {
    const { _ } = this;
    const sizes = { rows: [_("Rows"), "n"], columns: [_("Columns"), "n"], kernel: [_("Kernel"), "k"] };
    const steps = { stride: [_("Stride"), "s"], padding: [_("Padding"), "p"], dilation: [_("Dilation"), "d"] };
    const make = ([name, [label, symbol]], change) => [name, this.#stepper(label, symbol, this.settings.ranges[name], change)];
    this.steppers = Object.fromEntries([
      ...Object.entries(sizes).map((entry) => make(entry, (value) => this.change(withSizes(this.state, { [entry[0]]: value })))),
      ...Object.entries(steps).map((entry) => make(entry, (value) => this.change({ ...this.state, [entry[0]]: value }))),
    ]);
    return h("div", { class: "cv-settings" }, Object.values(this.steppers).map((stepper) => stepper.element));
  }

  #stepper(label, symbol, range, change) {
    const { _ } = this;
    return new Stepper({ label, symbol, range, change, less: _("{name}: less", { name: label }), more: _("{name}: more", { name: label }) });
  }

  #playback() {
    const { _ } = this;
    const back = iconButton("back", _("Back"), () => this.#pause(() => this.step(-1)));
    const step = iconButton("step", _("Step"), () => this.#pause(() => this.step(1)));
    this.playing = iconButton("play", _("Play"), () => (this.timer ? this.#pause() : this.play()));
    return h("div", { class: "cv-playback" }, back.element, this.playing.element, step.element);
  }

  #editor() {
    this.number = this.#stepper(this._("Number"), "", this.settings.ranges.number, (value) => this.write(value));
    this.number.field.addEventListener("keydown", ({ key }) => {
      if (key === "Enter" || key === "Escape") this.grids[this.edited.role].focus();
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
    this.axes = axes(state);
    this.output = convolve(state);
    const fits = this.axes.every((axis) => outputSize(axis) > 0);
    this.place = this.place.map((at, axis) => Math.max(0, Math.min(at, outputSize(this.axes[axis]) - 1)));
    this.#drawGrids(fits);
    this.refusal.textContent = fits ? "" : this.#why();
    this.#drawWindow(fits);
    this.#drawSum(fits);
    this.#drawFormula();
    this.#drawControls();
    this.link.href = `#${KEY}${encoded(state)}`;
  }

  #extent(table) {
    const sizes = [table.length, table[0].length];
    return sizes.slice(this.state.dims === 1 ? 1 : 0).join("×");
  }

  #drawGrids(fits) {
    const { state, grids, _, edited } = this;
    const [{ p: above }, { p: left }] = this.axes;
    grids.input.show(state.input, {
      name: _("input"),
      extent: this.#extent(state.input),
      border: [above, left],
      place: edited.role === "input" ? edited.place : undefined,
    });
    const held = edited.role === "kernel" ? edited.place : undefined;
    grids.kernel.show(state.kernel, { name: _("kernel"), extent: this.#extent(state.kernel), place: held });
    grids.input.mark(edited.role === "input");
    grids.kernel.mark(edited.role === "kernel");
    grids.output.element.hidden = this.equals.hidden = !fits;
    if (fits) grids.output.show(this.output, { name: _("output"), extent: this.#extent(this.output), place: this.place });
    const sizes = {
      "input-rows": state.input.length + 2 * above,
      "input-columns": state.input[0].length + 2 * left,
      "kernel-rows": state.kernel.length,
      "kernel-columns": state.kernel[0].length,
      "output-rows": Math.max(1, this.output.length),
      "output-columns": fits ? this.output[0].length : 4,
    };
    this.element.dataset.dims = state.dims;
    for (const [name, cells] of Object.entries(sizes)) this.element.style.setProperty(`--${name}`, cells);
  }

  #why() {
    const { _, state } = this;
    const [down, across] = this.axes;
    const axis = outputSize(down) > 0 ? across : down;
    const values = { reach: reach(axis), cells: axis.n + 2 * axis.p };
    const reason =
      state.dims === 1
        ? _("The kernel reaches over {reach} cells, but the padded input has {cells}.", values)
        : axis === down
          ? _("The kernel reaches over {reach} rows, but the padded input has {cells}.", values)
          : _("The kernel reaches over {reach} columns, but the padded input has {cells}.", values);
    const advice = _("It fits nowhere. Take a larger input, more padding, or a smaller kernel or dilation.");
    return `${reason} ${advice}`;
  }

  #drawWindow(fits) {
    const { kernel } = this.state;
    const [down, across] = this.axes;
    this.window.hidden = !fits;
    this.window.style.setProperty("--row", this.place[0] * down.s);
    this.window.style.setProperty("--column", this.place[1] * across.s);
    this.window.replaceChildren(
      ...kernel.flatMap((weights, k) =>
        weights.map((weight, l) => {
          const tap = h("span", { class: "cv-tap" }, h("span", {}, printed(weight)));
          tap.style.setProperty("--row", k * down.d);
          tap.style.setProperty("--column", l * across.d);
          return tap;
        }),
      ),
    );
  }

  #drawSum(fits) {
    const { _, state, place } = this;
    const found = fits ? taps(state, place) : [];
    const columns = state.kernel[0].length;
    const total = fits ? printed(this.output[place[0]][place[1]]) : "";
    drawSum(this.sum, found, columns, total);
    this.sum.hidden = !fits;
    if (this.timer || !fits) return;
    const where =
      state.dims === 1
        ? _("Output {column}", { column: place[1] + 1 })
        : _("Output row {row}, column {column}", { row: place[0] + 1, column: place[1] + 1 });
    this.said.textContent = `${where}: ${spokenSum(found)} = ${total}`;
  }

  #drawFormula() {
    const { _, axes: both, state } = this;
    const line = (name, axis) => {
      const size = h("b", { class: "cv-output" }, printed(Math.max(0, outputSize(axis))));
      return h("p", {}, h("span", { class: "cv-axis" }, name), h("span", {}, sizeFormula(axis, "·"), " = ", size));
    };
    const letters = sizeFormula({ n: "n", k: "k", s: "s", p: "p", d: "d" });
    const general = h("p", {}, h("span", { class: "cv-axis" }, _("size"), " ", h("i", {}, "o")), h("span", {}, letters));
    const lines = state.dims === 1 ? [line(_("here"), both[1])] : [line(_("rows"), both[0]), line(_("columns"), both[1])];
    this.formula.replaceChildren(general, ...lines);
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
    this.radios[state.dims - 1].checked = true;
    const names = presetNames(settings, state.dims);
    const same = names.find((name) => encoded(preset(settings, name)) === encoded(state));
    const own = h("option", { value: "", disabled: true, selected: !same }, _("Your own numbers"));
    const options = names.map((name) => h("option", { value: name, selected: name === same }, _(settings.presets[name].name)));
    this.presets.replaceChildren(...(same ? [] : [own]), ...options);
    const where = { row: place[0] + 1, column: place[1] + 1, name: _(role) };
    const label = state.dims === 1 ? _("{name}, cell {column}", where) : _("{name}, row {row}, column {column}", where);
    this.number.label.textContent = label;
    this.number.field.setAttribute("aria-label", label);
    this.number.show(table[place[0]][place[1]]);
  }
}
