// Where a stack comes from: a preset and the figure's attributes, or a link that somebody shared.
import { levels } from "./model.js";

const NUMBERS = ["kernel", "stride", "padding", "dilation"];
const LETTERS = { c: "convolution", p: "pooling" };
export const KINDS = Object.values(LETTERS);

const layer = ([kind, kernel, stride = 1, padding = 0, dilation = 1]) => ({ kind, kernel, stride, padding, dilation });

/** A preset by its name, complete; the place is a unit of the last layer. */
export function preset({ presets }, name) {
  const { pixels, layers, unit = 0 } = presets[name];
  return { pixels, layers: layers.map(layer), place: [layers.length, unit] };
}

/** The stack that a figure begins with. */
export function firstState(settings, attributes) {
  const state = preset(settings, attributes.preset ?? Object.keys(settings.presets)[0]);
  const [level, unit] = state.place;
  return within({ ...state, pixels: Number(attributes.pixels ?? state.pixels), place: [level, Number(attributes.unit ?? unit)] });
}

/** The same stack, its place moved to the nearest unit that there is. */
export function within(state) {
  const { sizes } = levels(state);
  const level = Math.min(state.place[0], sizes.length - 1);
  return { ...state, place: [level, Math.max(0, Math.min(state.place[1], sizes[level] - 1))] };
}

/** A stack as the end of an address, such as 13_c3.1.0.1_c3.2.0.1_u2.0 */
export const encoded = ({ pixels, layers, place }) =>
  [pixels, ...layers.map((one) => one.kind[0] + NUMBERS.map((name) => one[name]).join(".")), `u${place.join(".")}`].join("_");

/** The stack that an address tells, or null where it tells none. */
export function decoded({ ranges }, text) {
  const allowed = (value, name) => value >= ranges[name][0] && value <= ranges[name][1];
  const [first, ...rest] = text.split("_");
  const place = /^u(\d{1,2})\.(\d{1,3})$/.exec(rest.pop() ?? "")?.slice(1).map(Number);
  const layers = rest.map((part) => {
    const found = /^([cp])(\d{1,2})\.(\d{1,2})\.(\d{1,2})\.(\d{1,2})$/.exec(part);
    return found && layer([LETTERS[found[1]], ...found.slice(2).map(Number)]);
  });
  const pixels = /^\d{1,3}$/.test(first) ? Number(first) : NaN;
  const sound =
    place &&
    allowed(pixels, "pixels") &&
    allowed(layers.length, "layers") &&
    layers.every((one) => one && NUMBERS.every((name) => allowed(one[name], name)));
  if (!sound) return null;
  const { sizes } = levels({ pixels, layers });
  return place[1] < sizes[place[0]] ? { pixels, layers, place } : null;
}
