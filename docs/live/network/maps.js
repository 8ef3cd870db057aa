// Numbers as pixels: the page's paper is zero, one colour grows with what is above it and another with what is below.
import { h } from "../dom.js";

const ABOVE = [213, 94, 0];
const BELOW = [0, 114, 178];

/** The largest distance from zero, of finite numbers. */
export const reach = (data) => data.reduce((most, n) => (Number.isFinite(n) ? Math.max(most, Math.abs(n)) : most), 0);

/** Red, green, blue and opacity of each number. */
export function colours(data, most) {
  const bytes = new Uint8ClampedArray(4 * data.length);
  data.forEach((n, place) => bytes.set([...(n < 0 ? BELOW : ABOVE), most ? (255 * Math.abs(n)) / most : 0], 4 * place));
  return bytes;
}

/** Grey, or the colours of a picture with three channels. */
export function picture({ shape: [channels, rows, columns], data }) {
  const count = rows * columns;
  const least = data.reduce((a, b) => Math.min(a, b), Infinity);
  const most = data.reduce((a, b) => Math.max(a, b), -Infinity);
  const byte = (channel, place) => (255 * (data[(channel % channels) * count + place] - least)) / (most - least || 1);
  const bytes = new Uint8ClampedArray(4 * count);
  const rest = channels === 3 ? [0, 1, 2] : [0, 0, 0];
  for (let place = 0; place < count; place++) bytes.set([...rest.map((channel) => byte(channel, place)), 255], 4 * place);
  return bytes;
}

/** A canvas with one pixel for each number; CSS makes it larger. */
export function canvas(bytes, [rows, columns], properties = {}) {
  const element = h("canvas", { width: columns, height: rows, ...properties });
  element.getContext("2d").putImageData(new ImageData(bytes, columns, rows), 0, 0);
  return element;
}

/** One channel of a tensor. */
export const channelOf = ({ shape: [, rows, columns], data }, channel) => data.subarray(channel * rows * columns, (channel + 1) * rows * columns);
