// Paint and segment: a street to put things on, and beside it what a small network says of every pixel.
import { Choice } from "../controls.js";
import { h } from "../dom.js";
import { read } from "../engine/file.js";
import { ofPixels } from "../network/picture.js";
import { answer, frame, ground, scores, share } from "./model.js";
import { classNames, found, said, thingName } from "./phrases.js";
import { added, decoded, encoded, firstState, moved } from "./state.js";
import { loaded, shades, Street } from "./street.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const STRIDE = 4; // pixels that an arrow key goes; with Shift it is one

export async function mount(element, settings, _) {
  const weights = fetch(new URL("network.safetensors", import.meta.url)).then((found) => found.arrayBuffer());
  const [bytes, streets, sprites] = await Promise.all([weights, loaded("streets.webp"), loaded("things.webp")]);
  return new Paint(element, settings, read(bytes), new Street(settings, streets, sprites), _);
}

class Paint {
  constructor(element, settings, model, street, _) {
    Object.assign(this, { element, settings, model, street, _ });
    this.#build();
    const shared = decoded(settings, location.hash.replace(/^#paint=/, ""));
    this.change(shared ?? firstState(settings));
  }

  // What a reader turns

  #build() {
    const { _ } = this;
    const label = _("The street: tap to place something, or move the cursor with the arrow keys and press Enter");
    this.painted = this.#canvas({ "aria-label": _("The painted street"), role: "img" });
    this.marks = [0, 1].map(() => h("span", { class: "pt-mark" }));
    this.ghost = h("span", { class: "pt-ghost" });
    this.place = h("div", { class: "pt-street", tabindex: 0, role: "application", "aria-label": label }, this.painted, this.ghost, this.marks[0]);
    this.place.addEventListener("keydown", (event) => this.#press(event));
    this.map = this.#canvas({ role: "img" });
    this.told = h("div", { class: "pt-answer" }, this.map, this.marks[1]);
    for (const part of [this.place, this.told]) part.addEventListener("pointermove", (event) => this.point(this.#under(event, part)));
    this.place.addEventListener("click", (event) => this.put(this.#under(event, this.place)));
    this.told.addEventListener("click", (event) => this.point(this.#under(event, this.told)));
    this.says = h("p", { class: "pt-says", "aria-live": "polite" });
    this.found = h("p", { class: "pt-found", "aria-live": "polite" });
    this.link = h("a", { class: "live-link" }, _("Link to this state"));
    const pictures = h("div", { class: "pt-pictures" }, this.place, this.told);
    const below = h("div", { class: "pt-below" }, this.#palette(), this.#path());
    const name = { role: "group", "aria-label": _("Paint and segment") };
    this.app = h("div", { class: "pt live-panel live-app", ...name }, pictures, h("div", {}, this.says, this.found), below, this.#key(), this.link);
    this.element.append(this.app);
  }

  #canvas(properties) {
    const { size } = this.settings;
    return h("canvas", { width: size, height: size, ...properties });
  }

  /** Which street, what to place on it, and back again. */
  #palette() {
    const { _, settings } = this;
    const options = Object.entries(settings.presets).map(([value, { name }]) => h("option", { value }, _(name)));
    this.streets = h("select", { "aria-label": _("Street"), onchange: () => this.change(moved(this.state, this.streets.value, settings)) }, options);
    this.things = settings.things.map((_thing, which) => {
      const name = thingName(settings, which, _);
      return h("button", { type: "button", title: name, "aria-label": name, onclick: () => this.change({ ...this.state, thing: which }) }, this.street.icon(which));
    });
    const button = (label, onclick) => h("button", { type: "button", class: "live-button", onclick }, label);
    this.back = button(_("Take back"), () => this.change({ ...this.state, placed: this.state.placed.slice(0, -1) }));
    this.clear = button(_("Clear"), () => this.change({ ...this.state, placed: [] }));
    const palette = h("div", { class: "pt-things", role: "group", "aria-label": _("Things to place") }, this.things);
    return h("div", { class: "pt-palette" }, palette, h("div", { class: "pt-row" }, this.streets, this.back, this.clear));
  }

  /** The way up: from which step the answer is taken, how it is enlarged, and what of it is shown. */
  #path() {
    const { _, settings } = this;
    const last = settings.steps.length - 1;
    const slide = () => this.change({ ...this.state, step: Number(this.slider.value) });
    this.slider = h("input", { type: "range", min: 0, max: last, "aria-label": _("Step of the answer"), oninput: slide });
    this.step = h("span", { class: "pt-step" });
    const shown = [h("option", { value: "map" }, _("Map of classes")), ...classNames(_).map((name, value) => h("option", { value }, _("Probability: {name}", { name })))];
    const show = () => this.change({ ...this.state, show: this.shown.value === "map" ? "map" : Number(this.shown.value) });
    this.shown = h("select", { "aria-label": _("What is shown"), onchange: show }, shown);
    this.smooth = new Choice({
      legend: _("Enlarged"),
      options: [["smooth", _("bilinear")], ["squares", _("squares")]],
      change: (how) => this.change({ ...this.state, smooth: how === "smooth" }),
    });
    return h("div", { class: "pt-path" }, h("label", { class: "pt-slider" }, this.step, this.slider), h("div", { class: "pt-row" }, this.shown, this.smooth.element));
  }

  #key() {
    const items = classNames(this._).map((name, label) => {
      const swatch = h("i", {});
      swatch.style.setProperty("background", this.settings.colours[label]);
      return h("li", {}, swatch, name);
    });
    return h("ul", { class: "pt-key" }, items);
  }

  /** The row and column of the street under the pointer. */
  #under({ clientX, clientY }, part) {
    const { size } = this.settings;
    const { left, top, width, height } = part.getBoundingClientRect();
    const within = (share) => Math.max(0, Math.min(size - 1, Math.floor(size * share)));
    return [within((clientY - top) / height), within((clientX - left) / width)];
  }

  #press(event) {
    const { key, shiftKey } = event;
    const { size } = this.settings;
    if (key in ARROWS) {
      this.point(this.state.at.map((n, axis) => Math.max(0, Math.min(size - 1, n + ARROWS[key][axis] * (shiftKey ? 1 : STRIDE)))));
    } else if (key === "Enter" || key === " ") this.put(this.state.at);
    else if (key === "Backspace" || key === "Delete") this.back.click();
    else return;
    event.preventDefault();
  }

  // What happens then

  /** Look at a place. */
  point(at) {
    this.state = { ...this.state, at };
    this.#mark();
  }

  /** Put the chosen thing there, or where the ground begins. */
  put(at) {
    this.change(added({ ...this.state, at }, this.settings));
  }

  change(state) {
    const old = this.state;
    this.state = state;
    if (!old || old.street !== state.street || old.placed !== state.placed) {
      const { pixels, owners } = this.street.paint(state);
      this.painted.getContext("2d").putImageData(pixels, 0, 0);
      this.owners = owners;
      this.scores = scores(this.model, ofPixels(pixels, 3));
    }
    this.draw();
  }

  draw() {
    const { state, settings, _ } = this;
    const { size, steps, colours } = settings;
    const step = steps[state.step];
    this.answer = answer(this.scores[state.step], size, state.smooth);
    const bytes = shades(this.answer, state.show, colours);
    this.map.getContext("2d").putImageData(new ImageData(bytes, size, size), 0, 0);
    this.map.setAttribute("aria-label", this.shown.options[state.show === "map" ? 0 : state.show + 1].textContent);
    this.slider.value = state.step;
    this.step.textContent = _("One answer for {step}×{step} pixels", { step });
    this.slider.setAttribute("aria-valuetext", this.step.textContent);
    this.shown.value = state.show;
    this.smooth.show(state.smooth ? "smooth" : "squares");
    this.streets.value = state.street;
    for (const [which, button] of this.things.entries()) button.setAttribute("aria-pressed", String(which === state.thing));
    this.back.disabled = this.clear.disabled = !state.placed.length;
    this.link.href = `#paint=${encoded(state)}`;
    this.#tell(step);
    this.#mark();
  }

  /** How much of the last thing has been found. */
  #tell(step) {
    const { state, settings, _ } = this;
    const last = state.placed.at(-1);
    if (!last) return (this.found.textContent = _("Nothing has been placed yet."));
    const [which, ...at] = last;
    const thing = settings.things[which];
    const part = share(this.answer.classes, this.owners, state.placed.length - 1, thing.class);
    const { height } = frame(thing, settings.presets[state.street], at, settings.size);
    return (this.found.textContent = found(part, classNames(_)[thing.class], height, step, _));
  }

  /** Where one looks, and how large the chosen thing would be there. */
  #mark() {
    const { state, settings, _ } = this;
    const { size, presets, things } = settings;
    const percent = (n) => `${(100 * n) / size}%`;
    for (const mark of this.marks) Object.assign(mark.style, { top: percent(state.at[0]), left: percent(state.at[1]) });
    const street = presets[state.street];
    const { left, top, width, height } = frame(things[state.thing], street, ground(state.at, street, size), size);
    Object.assign(this.ghost.style, { left: percent(left), top: percent(top), width: percent(width), height: percent(height) });
    this.says.textContent = said(this.answer, size * size, state.at, size, _);
  }
}
