// The parts that a reader turns, in every live figure: steppers, choices, buttons with icons.
import { h, printed } from "./dom.js";

const whole = (text) => (/^[-−]?\d+$/.test(text.trim()) ? Number(text.replace("−", "-")) : NaN);
const STEPS = { ArrowUp: 1, ArrowDown: -1 };

/** A whole number between two limits: typed, stepped with the arrow keys, or pressed with − and +. */
export class Stepper {
  constructor(_, { label, symbol, range, change }) {
    const [less, more] = [_("{name}: less", { name: label }), _("{name}: more", { name: label })];
    Object.assign(this, { _, change });
    // A field of the type "number" would show a hyphen for a minus.
    this.field = h("input", { type: "text", role: "spinbutton", inputmode: "numeric", autocomplete: "off", "aria-label": label });
    this.limit(range);
    this.field.addEventListener("input", () => this.#type());
    this.field.addEventListener("change", () => this.#write());
    this.field.addEventListener("keydown", (event) => this.#step(event));
    const press = (step) => () => this.#set(this.value + step);
    this.less = h("button", { type: "button", tabindex: -1, "aria-label": less, onclick: press(-1) }, "−");
    this.more = h("button", { type: "button", tabindex: -1, "aria-label": more, onclick: press(1) }, "+");
    this.label = h("span", { class: "live-label" }, label, symbol ? [" ", h("i", {}, symbol)] : null);
    this.element = h("div", { class: "live-stepper" }, this.label, h("div", {}, this.less, this.field, this.more));
  }

  /** Take other limits; shown is what comes next. */
  limit([least, most]) {
    Object.assign(this, { least, most });
    this.field.setAttribute("aria-valuemin", least);
    this.field.setAttribute("aria-valuemax", most);
    return this;
  }

  get #refusal() {
    return this._("A whole number from {least} to {most}", { least: printed(this.least), most: printed(this.most) });
  }

  /** Give it another name. */
  name(label) {
    this.label.textContent = label;
    this.field.setAttribute("aria-label", label);
  }

  show(value) {
    this.value = value;
    if (document.activeElement !== this.field || whole(this.field.value) !== value) this.#write();
    this.field.setAttribute("aria-valuenow", value);
    this.less.disabled = value <= this.least;
    this.more.disabled = value >= this.most;
  }

  #write() {
    this.field.value = printed(this.value);
    this.field.setCustomValidity("");
  }

  /** Take what is typed; where it is no such number, say what is. A minus alone is a beginning. */
  #type() {
    const number = whole(this.field.value);
    const begun = /^\s*[-−]?\s*$/.test(this.field.value);
    const within = number >= this.least && number <= this.most;
    this.field.setCustomValidity(within || begun ? "" : this.#refusal);
    if (within) this.#set(number);
    else this.field.reportValidity();
  }

  #step(event) {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    this.#set(this.value + STEPS[event.key]);
  }

  #set(value) {
    this.show(Math.max(this.least, Math.min(this.most, value)));
    this.change(this.value);
  }
}

let choices = 0; // radios of one name exclude each other, so every choice has its own

/** One of a few, side by side: radios that look like one control. */
export class Choice {
  constructor({ legend, options, change }) {
    const name = `live-choice-${choices++}`;
    this.radios = options.map(([value]) => h("input", { type: "radio", name, value, onchange: () => change(value) }));
    const labels = options.map(([, label], index) => h("label", {}, this.radios[index], h("span", {}, label)));
    this.element = h("fieldset", { class: "live-choice" }, h("legend", { class: "live-said" }, legend), labels);
  }

  show(value) {
    for (const radio of this.radios) radio.checked = radio.value === String(value);
  }
}

const ICONS = {
  back: "M11 3 5 8l6 5zM3 3h2v10H3z",
  play: "M4 2.5 13 8l-9 5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  step: "M5 3l6 5-6 5zM11 3h2v10h-2z",
};

/** A button with an icon and a word. */
export function iconButton(icon, label, onclick) {
  const path = h("svg:path", { d: ICONS[icon] });
  const word = h("span", {}, label);
  const element = h(
    "button",
    { type: "button", class: "live-button", onclick },
    h("svg:svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, path),
    word,
  );
  const show = (other, otherLabel) => {
    path.setAttribute("d", ICONS[other]);
    word.textContent = otherLabel;
  };
  return { element, show };
}
