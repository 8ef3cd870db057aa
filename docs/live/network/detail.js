// What is known of the chosen layer: facts, its maps, the kernel of the chosen one, and the input that one unit sees.
import { Stepper } from "../controls.js";
import { h } from "../dom.js";
import { canvas, channelOf, colours, picture, reach } from "./maps.js";
import { facts, nodeName, seen, short } from "./phrases.js";
import { largest, shown, span } from "./state.js";

const BARS = 10;
const KERNELS = 32; // channels of a kernel that are shown

export class Detail {
  /** `stand({ channel, unit })` is called when a reader takes a map or a place of it. */
  constructor(_, stand) {
    Object.assign(this, { _, stand });
    this.title = h("h3", { class: "nw-title" });
    this.facts = h("dl"); // without a class, which the theme would indent
    this.maps = h("div", { class: "nw-maps", role: "group", tabindex: 0, "aria-label": _("Maps of this layer") });
    this.input = h("div", { class: "nw-input" });
    this.frame = h("span", { class: "nw-frame" });
    this.sight = h("p", { class: "nw-sight", "aria-live": "polite" });
    this.kernel = h("div", { class: "nw-kernel" });
    const turn = (label, change) => new Stepper(_, { label, range: [0, 0], change });
    this.channel = turn(_("Map"), (channel) => stand({ channel }));
    this.row = turn(_("Row"), (row) => stand({ unit: [row, this.at.unit[1]] }));
    this.column = turn(_("Column"), (column) => stand({ unit: [this.at.unit[0], column] }));
    const steppers = [this.channel, this.row, this.column].map((stepper) => stepper.element);
    this.element = h("div", { class: "nw-detail" }, this.title, this.facts, h("div", { class: "nw-steppers" }, steppers), this.sight, this.maps, this.kernel);
  }

  draw(all, at, values, names) {
    const { _ } = this;
    const row = all.rows[at.place];
    this.at = at;
    this.title.textContent = nodeName(row.node, _);
    this.facts.replaceChildren(...facts(row, all, _).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
    const [channels, rows = 1, columns = 1] = row.shape;
    this.channel.name(row.shape.length === 3 ? _("Map") : _("Unit"));
    this.channel.limit([0, channels - 1]).show(at.channel);
    this.row.limit([0, rows - 1]).show(at.unit[0] ?? 0);
    this.column.limit([0, columns - 1]).show(at.unit[1] ?? 0);
    for (const stepper of [this.row, this.column]) stepper.element.hidden = row.shape.length !== 3;
    const value = values?.[at.place];
    const [, ...pixels] = all.rows[0].shape;
    const number = value?.data[at.unit.length ? (at.channel * rows + at.unit[0]) * columns + at.unit[1] : at.channel];
    this.sight.textContent = seen(row, at, number, pixels, _);
    this.#drawInput(row, at, values?.[0], pixels);
    if (!value) this.maps.replaceChildren();
    else if (row.shape.length === 3) this.#drawMaps(row, at, value);
    else this.#drawBars(value, at, names);
    this.#drawKernel(row, at);
  }

  #drawInput({ sight }, { unit }, input, pixels) {
    if (!input) return this.input.replaceChildren();
    const image = canvas(picture(input), pixels, { role: "img", "aria-label": this._("The input, with what the chosen unit sees in a frame") });
    const spans = sight.map((one, axis) => span(one, unit[axis] ?? 0, pixels[axis]));
    this.frame.hidden = spans.some((one) => !one || one[1] < one[0]);
    if (!this.frame.hidden) {
      const share = (n, axis) => `${(100 * n) / pixels[axis]}%`;
      const [[top, bottom], [left, right]] = spans;
      Object.assign(this.frame.style, { top: share(top, 0), height: share(bottom - top + 1, 0), left: share(left, 1), width: share(right - left + 1, 1) });
    }
    this.input.style.setProperty("--shape", pixels[1] / pixels[0]);
    return this.input.replaceChildren(image, this.frame);
  }

  #drawMaps({ shape: [channels, ...size] }, { channel, unit }, value) {
    const most = reach(value.data);
    const tiles = shown(channels, channel).map((which) => {
      const chosen = which === channel;
      const tile = h("button", { type: "button", tabindex: -1, "aria-label": this._("Map {channel}", { channel: which }), "aria-pressed": String(chosen) }, canvas(colours(channelOf(value, which), most), size));
      tile.addEventListener("click", (event) => this.stand({ channel: which, unit: this.#place(event, tile, size) }));
      tile.style.setProperty("--shape", size[1] / size[0]);
      if (chosen) {
        const mark = h("span", { class: "nw-mark" });
        Object.assign(mark.style, { top: `${(100 * unit[0]) / size[0]}%`, left: `${(100 * unit[1]) / size[1]}%`, width: `${100 / size[1]}%`, height: `${100 / size[0]}%` });
        tile.append(mark);
      }
      return tile;
    });
    const more = channels - tiles.length;
    this.maps.replaceChildren(...tiles, more > 0 ? h("p", {}, this._("and {count} more", { count: more })) : "");
  }

  /** The row and column that was clicked; the keyboard clicks without a place. */
  #place({ clientX, clientY, detail }, tile, size) {
    if (!detail) return this.at.unit;
    const { left, top, width, height } = tile.getBoundingClientRect();
    return [Math.floor(((clientY - top) / height) * size[0]), Math.floor(((clientX - left) / width) * size[1])];
  }

  #drawBars({ data }, at, names) {
    const most = reach(data);
    const places = largest(data, BARS);
    const bars = places.map((place) => {
      const bar = h("button", { type: "button", tabindex: -1, class: "nw-bar", "aria-pressed": String(place === at.channel), onclick: () => this.stand({ channel: place }) }, h("span", {}, names[place] ?? String(place)), h("i", {}), h("span", {}, short(data[place])));
      bar.style.setProperty("--long", most ? Math.abs(data[place]) / most : 0);
      bar.classList.toggle("nw-below", data[place] < 0);
      return bar;
    });
    const more = data.length - places.length;
    this.maps.replaceChildren(...bars, more > 0 ? h("p", {}, this._("and {count} smaller ones", { count: more })) : "");
  }

  /** The weights that make the chosen map. */
  #drawKernel({ node }, { channel }) {
    const { weight, bias, op } = node;
    this.kernel.hidden = op !== "conv";
    if (op !== "conv") return;
    const [, channels, rows, columns] = weight.shape;
    const count = rows * columns;
    const own = weight.data.subarray(channel * channels * count, (channel + 1) * channels * count);
    const most = reach(own);
    const tile = (_n, which) => {
      const part = own.subarray(which * count, (which + 1) * count);
      const label = this._("Weights for input map {channel}: {weights}", { channel: which, weights: [...part].map(short).join(", ") });
      const image = canvas(colours(part, most), [rows, columns], { role: "img", "aria-label": label, title: [...part].map(short).join(" ") });
      image.style.setProperty("--shape", columns / rows);
      return image;
    };
    const tiles = Array.from({ length: Math.min(channels, KERNELS) }, tile);
    const title = this._("The kernel that makes map {channel}: one square for each map it reads", { channel });
    const rest = [channels > KERNELS ? this._("and {count} more", { count: channels - KERNELS }) : "", bias ? this._("bias {value}", { value: short(bias.data[channel]) }) : ""];
    this.kernel.replaceChildren(h("p", {}, title), h("div", { class: "nw-tiles" }, tiles), h("p", {}, rest.filter(Boolean).join("; ")));
  }
}
