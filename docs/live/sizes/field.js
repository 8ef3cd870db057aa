// A field that reads numbers or a word: what it does not understand is marked, with what it takes, and changes nothing.
import { h } from "../dom.js";
import { written } from "./state.js";

const STEPS = { ArrowUp: 1, ArrowDown: -1 };
let fields = 0; // an error is tied to its field by a name of its own

export class Field {
  /** `read` gives the value of a text, or null; `words` may be pressed instead of typed. */
  constructor({ label, symbol, range, allowed, read, change, words = [] }) {
    Object.assign(this, { range, allowed, read, change });
    const id = `sz-wrong-${fields++}`;
    this.input = h("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: 16, "aria-describedby": id });
    this.input.addEventListener("input", () => this.#type());
    this.input.addEventListener("keydown", (event) => this.#step(event));
    this.wrong = h("span", { class: "sz-wrong", id, "aria-live": "polite" });
    this.words = words.map((word) => h("button", { type: "button", onclick: () => this.#set(word) }, h("code", {}, word)));
    const name = h("span", { class: "live-label" }, label, symbol ? [" ", h("i", {}, symbol)] : null);
    this.element = h("div", { class: "sz-field" }, h("label", {}, name, this.input), ...this.words, this.wrong);
  }

  show(value) {
    this.value = value;
    if (document.activeElement !== this.input || JSON.stringify(this.read(this.input.value)) !== JSON.stringify(value)) this.input.value = written(value);
    this.#mark("");
    for (const button of this.words) button.setAttribute("aria-pressed", button.textContent === value);
  }

  #mark(message) {
    this.wrong.textContent = message;
    if (message) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }

  #type() {
    const value = this.read(this.input.value);
    this.#mark(value === null ? this.allowed : "");
    if (value !== null) this.change(value);
  }

  #set(value) {
    this.input.value = written(value);
    this.change(value);
  }

  /** Rows and columns go up and down together. */
  #step(event) {
    const value = this.read(this.input.value);
    if (!(event.key in STEPS) || value === null || typeof value === "string") return;
    event.preventDefault();
    const [least, most] = this.range;
    const moved = [value].flat().map((number) => Math.max(least, Math.min(most, number + STEPS[event.key])));
    this.#set(Array.isArray(value) ? moved : moved[0]);
  }
}
