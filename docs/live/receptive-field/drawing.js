// The levels as rows of units, the pixels lowest; what the chosen unit sees is filled, and bars count the paths to each pixel.
import { h } from "../dom.js";
import { fields, levels, paths, reads, span } from "./model.js";
import { drawn, levelName } from "./phrases.js";

const ROW = 44; // pixels of the screen from level to level
const BARS = 52; // below the lowest
const WIDEST = 16; // of a unit

/** Places on the pixels' axis: the middle of the field of each unit, and the ends of the row with all its padding. */
export class Axis {
  constructor({ layers }, { sizes }) {
    this.fields = fields(layers).slice(0, sizes.length);
    const ends = this.fields.flatMap(({ jump }, level) => {
      const padding = layers[level]?.padding ?? 0;
      return [this.middle(level, -padding) - jump / 2, this.middle(level, sizes[level] - 1 + padding) + jump / 2];
    });
    this.left = Math.min(...ends);
    this.length = Math.max(...ends) - this.left;
  }

  middle(level, unit) {
    const { size, jump, offset } = this.fields[level];
    return offset + unit * jump + (size - 1) / 2;
  }

  /** The unit of a level that is nearest to a place on the axis. */
  nearest(level, place, count) {
    const { jump } = this.fields[level];
    return Math.max(0, Math.min(count - 1, Math.round((place - this.middle(level, 0)) / jump)));
  }
}

export class Drawing {
  /** `point(place)` is called when the mouse is over a unit, `point(null)` when it leaves, `choose(place)` on a click or a touch. */
  constructor(_, { point, choose }) {
    this._ = _;
    this.svg = h("svg:svg", { class: "rf-drawing", role: "img" });
    this.element = h("div", { class: "rf-stage" }, this.svg);
    this.svg.addEventListener("pointermove", (event) => event.pointerType === "mouse" && point(this.#at(event)));
    this.svg.addEventListener("pointerleave", () => point(null));
    this.svg.addEventListener("click", (event) => choose(this.#at(event)));
    new ResizeObserver(() => this.state && this.draw(this.state, this.place)).observe(this.element);
  }

  draw(state, place) {
    Object.assign(this, { state, place });
    this.levels = levels(state);
    this.axis = new Axis(state, this.levels);
    const width = this.element.clientWidth;
    const gutter = Math.min(72, width / 5);
    this.left = gutter;
    this.pitch = (width - gutter - 4) / this.axis.length;
    const height = state.layers.length * ROW + ROW + BARS;
    for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) this.svg.setAttribute(name, value);
    this.svg.setAttribute("aria-label", drawn(state, place, this._));
    const seen = paths(state, place);
    const rows = this.levels.sizes.map((count, level) => this.#row(level, count, seen[level], level === place[0]));
    this.svg.replaceChildren(this.#links(seen), this.#field(), ...rows.flat(), ...this.#bars(seen[0]), ...this.#missing());
  }

  // Where things stand

  #x(level, unit) {
    return this.left + (this.axis.middle(level, unit) - this.axis.left) * this.pitch;
  }

  #y(level) {
    return (this.state.layers.length - level + 0.5) * ROW;
  }

  #width(level) {
    return Math.max(1, Math.min(WIDEST, 0.72 * this.pitch * this.axis.fields[level].jump));
  }

  #at({ clientX, clientY }) {
    const { left, top } = this.svg.getBoundingClientRect();
    const { sizes } = this.levels;
    const row = Math.floor((clientY - top) / ROW);
    const level = Math.max(0, Math.min(sizes.length - 1, this.state.layers.length - row));
    const place = (clientX - left - this.left) / this.pitch + this.axis.left;
    return [level, this.axis.nearest(level, place, sizes[level])];
  }

  // What stands there

  #marks(level, units, kind) {
    const [y, width] = [this.#y(level), this.#width(level)];
    const d = units.map((unit) => `M${(this.#x(level, unit) - width / 2).toFixed(1)} ${y - 8}h${width.toFixed(1)}v16h${(-width).toFixed(1)}z`);
    return h("svg:path", { class: `rf-${kind}`, d: d.join("") });
  }

  /** A level's units: read, chosen, or neither; below a chosen unit also the padding that is read. */
  #row(level, count, seen = new Map(), chosen = false) {
    const units = [...seen.keys()];
    const inside = units.filter((unit) => unit >= 0 && unit < count);
    const others = Array.from({ length: count }, (_unit, unit) => unit).filter((unit) => !seen.has(unit));
    const role = chosen ? "chosen" : level ? "hidden" : "pixel";
    return [
      h("svg:text", { x: 0, y: this.#y(level), class: "rf-name" }, levelName(level, this._)),
      this.#marks(level, others, "other"),
      this.#marks(level, inside, role),
      this.#marks(level, units.filter((unit) => unit < 0 || unit >= count), "outside"),
    ];
  }

  /** A line from every unit that is seen to each that it reads. */
  #links(seen) {
    const lines = [];
    for (let level = this.place[0]; level > 0; level--) {
      for (const unit of seen[level].keys()) {
        if (unit < 0 || unit >= this.levels.sizes[level]) continue;
        for (const read of reads(this.state.layers[level - 1], unit)) {
          lines.push(`M${this.#x(level, unit).toFixed(1)} ${this.#y(level) + 8}L${this.#x(level - 1, read).toFixed(1)} ${this.#y(level - 1) - 8}`);
        }
      }
    }
    return h("svg:path", { class: "rf-links", d: lines.join("") });
  }

  /** A frame round the pixels of the field, whether they are read or not. */
  #field() {
    const [level, unit] = this.place;
    const [first, last] = span(this.axis.fields[level], unit);
    const half = this.#width(0) / 2 + 3;
    const [x, end] = [this.#x(0, first) - half, this.#x(0, last) + half];
    return h("svg:rect", { class: "rf-field", x, y: this.#y(0) - 13, width: end - x, height: 26, rx: 4 });
  }

  #bars(pixels) {
    const inside = [...pixels].filter(([pixel]) => pixel >= 0 && pixel < this.state.pixels);
    const most = Math.max(1, ...inside.map(([, ways]) => ways));
    const [top, width] = [this.#y(0) + 19, this.#width(0)];
    const d = inside.map(([pixel, ways]) => {
      const tall = Math.max(1, ((BARS - 6) * ways) / most).toFixed(1);
      return `M${(this.#x(0, pixel) - width / 2).toFixed(1)} ${top}h${width.toFixed(1)}v${tall}h${(-width).toFixed(1)}z`;
    });
    return [h("svg:text", { x: 0, y: top + 10, class: "rf-name" }, this._("paths")), h("svg:path", { class: "rf-bars", d: d.join("") })];
  }

  /** The names of layers that cannot be. */
  #missing() {
    const { layers } = this.state;
    return layers.slice(this.levels.sizes.length - 1).map((_layer, index) => {
      const level = this.levels.sizes.length + index;
      return h("svg:text", { x: 0, y: this.#y(level), class: "rf-name rf-missing" }, levelName(level, this._));
    });
  }
}
