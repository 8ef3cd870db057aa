// The walk through a network: keeps a model, an input and a place in it; the engine computes, flow.js and detail.js draw.
import { Stepper } from "../controls.js";
import { h } from "../dom.js";
import { Broken, MOST, read } from "../engine/file.js";
import { run } from "../engine/network.js";
import { Detail } from "./detail.js";
import { Flow } from "./flow.js";
import { brokenWords, refusalWords, whole } from "./phrases.js";
import { ofFile, resized, slope } from "./picture.js";
import { largest, standing, survey } from "./state.js";

/** `settings.pixels` are those that rows and columns may have. */
export function mount(element, { pixels }, _) {
  const text = atob(element.dataset.model);
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  return new Walk(element, read(bytes.buffer), pixels, _);
}

class Walk {
  constructor(element, model, pixels, _) {
    Object.assign(this, { element, pixels, _, easy: Number(element.dataset.easy) });
    this.#build();
    this.take(model);
  }

  #build() {
    const { _ } = this;
    const range = this.pixels;
    this.flow = new Flow(_, (place) => this.stand({ place, unit: this.#middle(place) }));
    this.detail = new Detail(_, (change) => this.stand(change));
    const button = (label, onclick) => h("button", { type: "button", class: "live-button", onclick }, label);
    this.next = button(_("Next example"), () => this.show((this.example + 1) % this.model.examples.length));
    this.rows = new Stepper(_, { label: _("Rows"), range, change: (rows) => this.resize([rows, this.size[1]]) });
    this.columns = new Stepper(_, { label: _("Columns"), range, change: (columns) => this.resize([this.size[0], columns]) });
    this.picked = this.#file(_("Your own picture"), "image/*", (file) => this.#picture(file));
    this.loaded = this.#file(_("Your own network"), ".safetensors", (file) => this.#load(file));
    this.says = h("p", { class: "nw-answer", role: "status" });
    this.refusal = h("p", { class: "nw-refusal", role: "alert", hidden: true });
    this.totals = h("p", { class: "nw-totals" });
    this.compute = button("", () => this.think());
    const controls = h("div", { class: "nw-controls" }, this.next, this.rows.element, this.columns.element, this.picked, this.loaded);
    const above = h("div", { class: "nw-above" }, this.detail.input, h("div", { class: "nw-said" }, this.says, this.totals, controls));
    const below = h("div", { class: "nw-below-it" }, this.flow.element, this.detail.element);
    this.app = h("div", { class: "nw live-panel live-app", role: "group", "aria-label": _("A walk through a network") }, above, this.refusal, this.compute, below);
    this.element.append(this.app);
  }

  /** A button that asks for a file; what it gets stays in this browser. */
  #file(label, accept, take) {
    const field = h("input", { type: "file", accept, hidden: true, "aria-label": label, onchange: () => {
      if (field.files.length) take(field.files[0]);
      field.value = ""; // the same file may be taken again
    } });
    return h("span", {}, h("button", { type: "button", class: "live-button", onclick: () => field.click() }, label), field);
  }

  // What a reader does

  /** Another model, from its beginning. */
  take(model) {
    this.model = model;
    this.size = model.input.slice(1);
    this.at = { place: 0, channel: 0, unit: [0, 0] };
    this.flow.show(model);
    this.next.disabled = model.examples.length < 2;
    if (model.examples.length) this.show(0);
    else this.put(slope(model.input[0], this.size));
  }

  show(example) {
    this.example = example;
    this.put(this.model.examples[example]);
  }

  put(source) {
    this.source = source;
    this.resize(this.size);
  }

  resize(size) {
    const all = survey(this.model, size);
    if (all.rows[0].numbers > MOST.input) {
      this.draw();
      return this.complain(brokenWords(new Broken("input", { size: all.rows[0].shape }), this._));
    }
    Object.assign(this, { size, all, values: null });
    if (!all.refusal && all.steps <= this.easy) return this.think();
    return this.stand({});
  }

  think() {
    try {
      this.values = run(this.model, resized(this.source, this.size));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // an array that the browser has no memory for
      this.values = null;
    }
    this.stand({});
    if (!this.values) this.complain(this._("This browser has no memory for so many numbers. Take a smaller input."));
  }

  stand(change) {
    this.at = standing(this.all, { ...this.at, ...change });
    this.draw();
  }

  /** The middle of a layer's maps, where most is to be seen. */
  #middle(place) {
    const row = this.all.rows[place];
    return row ? row.shape.slice(1).map((n) => Math.floor(n / 2)) : [0, 0];
  }

  async #picture(file) {
    const picture = await ofFile(file, this.model.input[0], this.model.input.slice(1)).catch(() => null);
    if (!picture) return this.complain(this._("The browser cannot read this file as a picture: {name}", { name: file.name }));
    this.example = -1;
    return this.put(picture);
  }

  /** A file that cannot be taken, whatever is wrong with it, leaves the network that stood here, and that is said. */
  async #load(file) {
    const { model, size, source, example, at } = this;
    try {
      this.take(read(await file.arrayBuffer()));
    } catch (error) {
      if (this.model !== model) {
        this.take(model);
        Object.assign(this, { size, example, at });
        this.put(source);
      }
      const why = error instanceof Broken ? brokenWords(error, this._) : this._("The browser cannot open this file: {name}.", { name: file.name });
      this.complain([why, this._("The network that was here before is still shown.")].join(" "));
      if (!(error instanceof Broken || error instanceof RangeError || error instanceof DOMException)) throw error;
    }
  }

  complain(sentence) {
    this.refusal.textContent = sentence;
    this.refusal.hidden = !sentence;
  }

  // What a reader sees

  draw() {
    const { all, at, values, model, _ } = this;
    const [rows, columns] = this.size;
    this.rows.show(rows);
    this.columns.show(columns);
    this.complain(refusalWords(all, model, _));
    this.flow.draw(all, at.place);
    const last = at.place === model.output;
    this.detail.draw(all, at, values, last ? model.classes : []);
    const counts = { parameters: whole(all.parameters), products: whole(all.products), numbers: whole(all.numbers) };
    this.totals.textContent = _("{parameters} parameters, {products} multiply-adds, {numbers} numbers to keep.", counts);
    this.compute.hidden = Boolean(values || all.refusal);
    this.compute.textContent = all.products > this.easy
      ? _("Compute {products} multiply-adds", counts)
      : _("Compute; it takes {steps} steps", { steps: whole(all.steps) });
    this.says.textContent = this.#answer();
  }

  #answer() {
    const { values, model, _ } = this;
    const answer = values?.[model.output];
    if (!answer || answer.shape.length !== 1 || answer.data.length < 2) return "";
    const [first] = largest(answer.data, 1);
    const found = { name: model.classes[first] ?? first, percent: (100 * answer.data[first]).toFixed(1) };
    return model.nodes[model.output].op === "softmax" ? _("It says: {name}, and is {percent} % sure.", found) : _("It says: {name}.", found);
  }
}
