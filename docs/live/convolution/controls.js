// The parts that a reader turns: steppers, playback, and the icons on them.
import { h, printed } from "../dom.js";

/** A whole number between two limits: typed, stepped with the arrow keys, or pressed with − and +. */
export class Stepper {
  constructor({ label, symbol, less, more, range: [least, most], change }) {
    Object.assign(this, { least, most, change });
    this.field = h("input", { type: "number", min: least, max: most, step: 1, inputmode: "numeric", "aria-label": label });
    this.field.addEventListener("input", () => this.#type());
    this.field.addEventListener("change", () => this.show(this.value));
    const press = (step) => () => this.#set(this.value + step);
    this.less = h("button", { type: "button", tabindex: -1, "aria-label": less, onclick: press(-1) }, "−");
    this.more = h("button", { type: "button", tabindex: -1, "aria-label": more, onclick: press(1) }, "+");
    this.label = h("span", { class: "cv-label" }, label, symbol ? [" ", h("i", {}, symbol)] : null);
    this.element = h("div", { class: "cv-stepper" }, this.label, h("div", {}, this.less, this.field, this.more));
  }

  show(value) {
    this.value = value;
    if (document.activeElement !== this.field || this.field.valueAsNumber !== value) this.field.value = value;
    this.less.disabled = value <= this.least;
    this.more.disabled = value >= this.most;
  }

  /** Take what is typed; where it is no such number, the browser says in its own words what is. */
  #type() {
    if (this.field.value !== "" && this.field.reportValidity()) this.#set(this.field.valueAsNumber);
  }

  #set(value) {
    this.show(Math.max(this.least, Math.min(this.most, value)));
    this.change(this.value);
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
    { type: "button", class: "cv-button", onclick },
    h("svg:svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, path),
    word,
  );
  const show = (other, otherLabel) => {
    path.setAttribute("d", ICONS[other]);
    word.textContent = otherLabel;
  };
  return { element, show };
}
