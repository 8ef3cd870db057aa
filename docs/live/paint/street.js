// The street with what stands on it, as pixels; and whose each pixel is.
import { h } from "../dom.js";
import { frame } from "./model.js";
import { fromFarToNear } from "./state.js";

export const NOBODY = -1;

/** A picture that lies beside this module. */
export async function loaded(name) {
  const picture = new Image();
  picture.src = new URL(name, import.meta.url);
  await picture.decode();
  return picture;
}

const surface = (size) => h("canvas", { width: size, height: size }).getContext("2d", { willReadFrequently: true });

export class Street {
  constructor(settings, streets, sprites) {
    Object.assign(this, { settings, streets, sprites });
    this.whole = surface(settings.size);
    this.alone = surface(settings.size);
    for (const context of [this.whole, this.alone]) context.imageSmoothingQuality = "high";
  }

  /** Paint it; returns its pixels, and for each the place in `placed` of who covers it. */
  paint(state) {
    const { whole, alone, settings, sprites } = this;
    const { size, presets, things } = settings;
    const which = Object.keys(presets).indexOf(state.street);
    whole.drawImage(this.streets, which * size, 0, size, size, 0, 0, size, size);
    const owners = new Int16Array(size * size).fill(NOBODY);
    for (const [owner, [thing, ...at]] of fromFarToNear(state)) {
      const { left, top, width, height } = frame(things[thing], presets[state.street], at, size);
      alone.clearRect(0, 0, size, size);
      alone.drawImage(sprites, ...things[thing].box, left, top, width, height);
      whole.drawImage(alone.canvas, 0, 0);
      const { data } = alone.getImageData(0, 0, size, size);
      for (let place = 0; place < owners.length; place++) if (data[4 * place + 3] > 127) owners[place] = owner;
    }
    return { pixels: whole.getImageData(0, 0, size, size), owners };
  }

  /** A thing of the palette, as large as it was cut. */
  icon(thing) {
    const [left, top, width, height] = this.settings.things[thing].box;
    const canvas = h("canvas", { width, height, "aria-hidden": "true" });
    canvas.getContext("2d").drawImage(this.sprites, left, top, width, height, 0, 0, width, height);
    return canvas;
  }
}

const bytesOf = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

/** A map of classes in their colours, or the probability of one class from black to white. */
export function shades({ classes, data }, show, colours) {
  const bytes = new Uint8ClampedArray(4 * classes.length);
  const known = colours.map(bytesOf);
  classes.forEach((label, place) => {
    const grey = show === "map" ? 0 : 255 * data[show * classes.length + place];
    bytes.set([...(show === "map" ? known[label] : [grey, grey, grey]), 255], 4 * place);
  });
  return bytes;
}
