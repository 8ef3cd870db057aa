// The answer box of an exercise: a field or a grid, a button, and a verdict; the judging is model.js.
import { h } from "../dom.js";
import { Grid } from "./grid.js";
import { readArray, readNumber, readShape, shapeOf, unread, verdict } from "./model.js";

const EXAMPLES = { number: "−0.5", shape: "1×28×28" };

export function mount(element, settings, _) {
  new AnswerBox(element, settings, _);
}

class AnswerBox {
  constructor(element, settings, _) {
    Object.assign(this, { settings, _, exercise: JSON.parse(element.dataset.exercise) });
    const { kind, answer } = this.exercise;
    this.said = h("p", { class: "ex-said", role: "status" });
    const check = h("button", { type: "submit", class: "ex-check" }, _("Check"));
    const parts = kind === "array" ? [this.#grid(shapeOf(answer).length, check)] : [this.#field(), check];
    this.form = h("form", { class: "ex live-app", novalidate: true, autocomplete: "off" }, parts, this.said);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    this.form.addEventListener("input", ({ target }) => target.removeAttribute("aria-invalid"));
    element.append(this.form);
  }

  #grid(axes, check) {
    this.grid = new Grid(axes, this.settings, this._);
    return h("fieldset", {}, h("legend", {}, this._("Your answer")), this.grid.table, h("div", { class: "ex-sizes" }, this.grid.sizes, check));
  }

  #field() {
    const { _, exercise } = this;
    const label = exercise.kind === "shape" ? _("Your answer, a shape such as {example}", { example: EXAMPLES.shape }) : _("Your answer");
    this.input = h("input", { type: "text", inputmode: exercise.kind === "number" ? "decimal" : "text", maxlength: 40, autocomplete: "off" });
    return h("label", {}, h("span", {}, label), this.input);
  }

  /** Read what was written, and judge it. */
  check() {
    const answer = this.grid ? this.#readGrid() : this.#readField();
    if (answer === null) return;
    const { right, says, ...values } = verdict(this.exercise, answer, this.settings);
    const { _ } = this;
    this.#say(right, right ? _("Right.") : _("Not yet."), right ? "" : _(says, values));
  }

  #readField() {
    const { _, exercise, input } = this;
    const answer = exercise.kind === "shape" ? readShape(input.value) : readNumber(input.value);
    if (answer !== null) return answer;
    const { [exercise.kind]: example } = EXAMPLES;
    const wanted = exercise.kind === "shape" ? _("Write sizes with × between them, as in {example}.", { example }) : _("Write a number, as in {example}.", { example });
    return this.#refuse(input, wanted);
  }

  #readGrid() {
    const { _, grid, exercise } = this;
    const [missing] = unread(grid.texts);
    if (!missing) return readArray(grid.texts, exercise);
    const [row, column] = missing;
    const cell = grid.cells[row][column];
    return this.#refuse(cell, _("There is no number in this field: {name}.", { name: cell.getAttribute("aria-label") }));
  }

  #refuse(field, wanted) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
    this.#say(false, "", wanted);
    return null;
  }

  /** Say it anew even where it is the same as before, so that a screen reader speaks again. */
  #say(right, verdict, why) {
    this.said.replaceChildren();
    this.said.classList.toggle("ex-right", right);
    requestAnimationFrame(() => this.said.replaceChildren(h("b", {}, verdict), ...(verdict && why ? [" "] : []), why));
  }
}
