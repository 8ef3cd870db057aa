// The convolution playground: keeps a state and lets a reader change it; model.js computes, stage.js draws.
import { Stepper } from "../controls.js";
import { h } from "../dom.js";
import { decoded, encoded } from "./address.js";
import { drawFormula } from "./formula.js";
import { isPooling, isTransposed } from "./model.js";
import { bracketed } from "./numbers.js";
import { computed, mostTelling } from "./output.js";
import { Panel } from "./panel.js";
import { cellName, outputName, refusal } from "./phrases.js";
import { Playback } from "./playback.js";
import { Stage } from "./stage.js";
import { at, firstState, nearest, replaced } from "./state.js";
import { drawSum, spokenSum } from "./sum.js";

const KEY = "convolution="; // of a shared address

export function mount(element, settings, _) {
  new Playground(element, settings, _);
}

class Playground {
  constructor(element, settings, _) {
    const attributes = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
    Object.assign(this, { element, settings, _, edited: "kernel" });
    this.first = firstState(settings, attributes);
    this.places = { input: [0, 0, 0], kernel: [0, 0, 0, 0], output: [0, 0, 0] };
    const offered = attributes.offers?.split(",") ?? [this.first.operation];
    this.#build({ operations: offered, modes: "padding-mode" in attributes });
    this.begin(this.#shared() ?? this.first);
    window.addEventListener("hashchange", () => {
      const shared = this.#shared();
      if (shared && encoded(shared) !== encoded(this.state)) this.begin(shared);
    });
  }

  #shared() {
    const [, text] = location.hash.split(`#${KEY}`);
    return text ? decoded(this.settings, text) : null;
  }

  #build(offers) {
    const { _ } = this;
    this.panel = new Panel(_, this.settings, offers, {
      begin: (state) => this.begin(state),
      reset: () => this.begin(this.first),
      change: (state) => this.change(state),
    });
    this.stage = new Stage(this.element, _, {
      select: (role, place) => this.select(role, place),
      type: () => this.#type(),
      hover: (place) => {
        if (!this.playback.timer) this.select("output", place);
      },
    });
    this.playback = new Playback(_, { step: (by) => this.step(by), paused: () => this.draw() });
    this.sum = h("div", { class: "cv-sum", "aria-hidden": "true" });
    this.said = h("p", { class: "live-said", "aria-live": "polite" });
    this.formula = h("div", { class: "cv-formula" });
    this.link = h("a", { class: "live-link" }, _("Link to this state"));
    this.app = h(
      "div",
      { class: "cv live-panel live-app", role: "group", "aria-label": _("Convolution playground") },
      this.panel.bar,
      this.panel.element,
      this.stage.element,
      this.sum,
      this.said,
      h("div", { class: "cv-controls" }, this.playback.element, this.#editor()),
      this.formula,
      this.link,
    );
    this.element.append(this.app);
  }

  #editor() {
    const { _, settings } = this;
    this.number = new Stepper(_, { label: _("Number"), range: settings.number, change: (value) => this.write(value) });
    this.number.field.addEventListener("keydown", ({ key }) => {
      if (key === "Enter" || key === "Escape") this.stage.focus(this.edited);
    });
    return this.number.element;
  }

  /** A digit typed on a cell goes into the field that changes it. */
  #type() {
    this.number.field.focus();
    this.number.field.select();
  }

  // What a reader does

  change(state) {
    this.state = state;
    this.draw();
  }

  /** A state as if the page had just been opened with it. */
  begin(state) {
    this.playback.pause();
    this.#reach("output", mostTelling(computed(state)));
    if (isPooling(state)) this.edited = "input"; // a window has no weights
    if (isTransposed(state)) this.places.input = mostTelling(state.input);
    this.change(state);
  }

  /** Reach a number; those of the input and the kernel can be changed. */
  select(role, place) {
    if (role === "output") {
      if (place.join() === this.places.output.join()) return;
      this.playback.pause();
    } else {
      if (isTransposed(this.state)) this.playback.pause();
      this.edited = role;
    }
    this.#reach(role, place);
    this.draw();
  }

  write(value) {
    const { state, edited } = this;
    this.change({ ...state, [edited]: replaced(state[edited], this.places[edited], value) });
  }

  /** Go on by so many outputs, or inputs that are laid down one by one; after the last comes the first. */
  step(by) {
    const [role, maps] = isTransposed(this.state) ? ["input", this.state.input] : ["output", this.output];
    const all = maps.flatMap((map, n) => map.flatMap((row, i) => row.map((_number, j) => [n, i, j])));
    const now = all.findIndex((place) => place.join() === this.places[role].join());
    if (!all.length) return;
    this.#reach(role, all[(now + by + all.length) % all.length]);
    this.draw();
  }

  /** The filter that is shown is the one that makes the output. */
  #reach(role, place) {
    const other = { kernel: "output", output: "kernel" }[role];
    this.places[role] = place;
    if (other) this.places[other] = [place[0], ...this.places[other].slice(1)];
  }

  // What a reader sees

  draw() {
    const { state, _, places } = this;
    this.output = computed(state);
    for (const role of ["input", "kernel"]) places[role] = nearest(state[role], places[role]);
    places.output = nearest(this.output, places.output);
    const refused = refusal(state, _, this.settings.operations[state.operation].longest);
    this.stage.draw({ state, output: this.output, places, edited: this.edited, refused });
    this.#drawSum(!refused);
    drawFormula(this.formula, state, _);
    this.panel.show(state, places.output[0]);
    this.#drawEditor();
    this.link.href = `#${KEY}${encoded(state)}`;
  }

  #drawSum(fits) {
    const { _, state, places } = this;
    this.sum.hidden = !fits;
    if (!fits) return;
    const total = at(this.output, places.output);
    drawSum(this.sum, state, places, total, _);
    if (this.playback.timer) return;
    const sum = `${outputName(state, places.output, _)}: ${spokenSum(state, places.output, total, _)}`;
    const kernel = _("kernel");
    const stamp = isTransposed(state) && `${cellName(state, "input", places.input, _)}: ${bracketed(at(state.input, places.input))} × ${kernel}`;
    this.said.textContent = stamp ? `${stamp}. ${sum}` : sum;
  }

  #drawEditor() {
    const { _, state, edited, number } = this;
    number.name(cellName(state, edited, this.places[edited], _));
    number.show(at(state[edited], this.places[edited]));
  }
}
