// What a reader sets: the example, the sizes and the steps.
import { Choice, Stepper } from "../controls.js";
import { h } from "../dom.js";
import { encoded } from "./address.js";
import { MODES } from "./model.js";
import { modeNames, settingNames } from "./phrases.js";
import { preset, presetNames, sizesOf, withSizes } from "./state.js";

export class Panel {
  /** `begin(state)` starts anew, `reset()` with the figure's own state, `change(state)` goes on from where it was. */
  constructor(_, settings, { offersModes }, { begin, reset, change }) {
    Object.assign(this, { _, settings, offersModes, begin, change });
    const first = (wanted) => begin(preset(settings, presetNames(settings, { ...this.state, ...wanted })[0]));
    this.dims = new Choice({
      legend: _("Dimensions"),
      options: [1, 2].map((dims) => [dims, `${dims}-D`]),
      change: (dims) => first({ dims }),
    });
    this.presets = h("select", { "aria-label": _("Example"), onchange: () => begin(preset(settings, this.presets.value)) });
    const restart = h("button", { type: "button", class: "live-button", onclick: reset }, _("Reset"));
    this.bar = h("div", { class: "cv-bar" }, this.dims.element, this.presets, restart);
    this.element = h("div", { class: "cv-settings" });
  }

  show(state) {
    if (this.state?.operation !== state.operation) this.#build(state.operation);
    this.state = state;
    const values = { ...state, ...sizesOf(state) };
    for (const [name, stepper] of Object.entries(this.steppers)) stepper.show(values[name]);
    this.steppers.rows.element.hidden = state.dims === 1;
    this.mode.value = state.mode;
    this.modes.hidden = !state.padding || !(this.offersModes || state.mode !== "zeros");
    this.dims.show(state.dims);
    this.#showPresets(state);
  }

  /** A stepper for each setting that the operation has. */
  #build(operation) {
    const { _, settings } = this;
    const names = settingNames(_);
    const make = ([name, range]) => {
      const [label, symbol] = names[name];
      const set = (value) => this.change(name in sizesOf(this.state) ? withSizes(this.state, { [name]: value }) : { ...this.state, [name]: value });
      return [name, new Stepper(_, { label, symbol, range, change: set })];
    };
    this.steppers = Object.fromEntries(Object.entries(settings.operations[operation].settings).map(make));
    this.element.replaceChildren(...Object.values(this.steppers).map((stepper) => stepper.element), this.#modes());
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

  #showPresets(state) {
    const { _, settings } = this;
    const names = presetNames(settings, state);
    const same = names.find((name) => encoded(preset(settings, name)) === encoded(state));
    const own = h("option", { value: "", disabled: true, selected: !same }, _("Your own numbers"));
    const options = names.map((name) => h("option", { value: name, selected: name === same }, _(settings.presets[name].name)));
    this.presets.replaceChildren(...(same ? [] : [own]), ...options);
  }
}
