// What a reader sets: the example, the sizes and the steps.
import { Choice, Stepper } from "../controls.js";
import { h } from "../dom.js";
import { encoded } from "./address.js";
import { choosesPadding, MODES } from "./model.js";
import { modeNames, settingNames } from "./phrases.js";
import { preset, presetNames, replaced, sizesOf, withSizes } from "./state.js";

export class Panel {
  /**
   * What the author `offers`: operations to choose from, and whether to ask for the padding's mode.
   * `begin(state)` starts anew, `reset()` with the figure's own state, `change(state)` goes on from where it was.
   */
  constructor(_, settings, offers, { begin, reset, change }) {
    Object.assign(this, { _, settings, offers, begin, change });
    const first = (wanted) => begin(preset(settings, presetNames(settings, { ...this.state, ...wanted })[0]));
    this.dims = new Choice({
      legend: _("Dimensions"),
      options: [1, 2].map((dims) => [dims, `${dims}-D`]),
      change: (dims) => first({ dims }),
    });
    this.operation = h("select", { "aria-label": _("Operation"), onchange: () => first({ operation: this.operation.value }) });
    this.presets = h("select", { "aria-label": _("Example"), onchange: () => begin(preset(settings, this.presets.value)) });
    const restart = h("button", { type: "button", class: "live-button", onclick: reset }, _("Reset"));
    this.bar = h("div", { class: "cv-bar" }, this.dims.element, this.operation, this.presets, restart);
    this.element = h("div", { class: "cv-settings" });
  }

  /** Show a state, of whose filters one is chosen. */
  show(state, filter) {
    if (this.state?.operation !== state.operation) this.#build(state);
    Object.assign(this, { state, filter });
    const values = { ...state, ...sizesOf(state), bias: state.bias[filter] };
    for (const [name, stepper] of Object.entries(this.steppers)) stepper.show(values[name]);
    this.steppers.bias?.name(this._("Bias of filter {filter}", { filter: filter + 1 }));
    this.steppers.rows.element.hidden = state.dims === 1;
    this.mode.value = state.mode;
    this.modes.hidden = !choosesPadding(state) || !state.padding || !(this.offers.modes || state.mode !== "zeros");
    this.dims.show(state.dims);
    this.#showOperations(state);
    this.#showPresets(state);
  }

  /** A stepper for each setting that the operation has. */
  #build(state) {
    const { _, settings } = this;
    const names = settingNames(_, state);
    const make = ([name, range]) => {
      const [label, symbol] = names[name];
      return [name, new Stepper(_, { label, symbol, range, change: (value) => this.change(this.#with(name, value)) })];
    };
    const { settings: ranges, bias } = settings.operations[state.operation];
    this.steppers = Object.fromEntries(Object.entries({ ...ranges, ...(bias && { bias }) }).map(make));
    this.element.replaceChildren(...Object.values(this.steppers).map((stepper) => stepper.element), this.#modes());
  }

  /** The state with another setting. */
  #with(name, value) {
    const { state, filter } = this;
    if (name in sizesOf(state)) return withSizes(state, { [name]: value });
    return { ...state, [name]: name === "bias" ? replaced(state.bias, [filter], value) : value };
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

  /** What the author offers, and what a shared address has brought up. */
  #showOperations({ operation }) {
    const { _, settings, offers } = this;
    const names = Object.keys(settings.operations).filter((name) => name === operation || offers.operations.includes(name));
    const option = (name) => h("option", { value: name, selected: name === operation }, _(settings.operations[name].name));
    this.operation.hidden = names.length === 1;
    this.operation.replaceChildren(...names.map(option));
  }

  #showPresets(state) {
    const { _, settings } = this;
    const names = presetNames(settings, state);
    const same = names.find((name) => encoded(preset(settings, name)) === encoded(state));
    const own = h("option", { value: "", disabled: true, selected: !same }, _("Your own numbers"));
    const options = names.map((name) => h("option", { value: name, selected: name === same }, _(settings.presets[name].name)));
    this.presets.replaceChildren(...(same ? [] : [own]), ...options);
  }
}
