// What the explorer says in words; `_` gives them in the reader's language. Units and pixels are counted from zero, as in Python.
import { fields, reach, span, summary } from "./model.js";

export const kindNames = (_) => ({ convolution: _("Convolution"), pooling: _("Pooling") });

export const levelName = (level, _) => (level ? _("layer {layer}", { layer: level }) : _("pixels"));

/** Why a layer cannot be, and what to do about it; nothing where all of them can. */
export function refusalWords(refusal, _) {
  if (!refusal) return "";
  const { why, place, layer, below } = refusal;
  const values = { layer: place + 1, reach: reach(layer), units: below + 2 * layer.padding, padding: layer.padding, kernel: layer.kernel };
  return why === "half"
    ? _("Layer {layer} pools with a padding of {padding}, more than half of its kernel of {kernel}. Take less padding.", values)
    : _("Layer {layer} reaches over {reach} units, but finds {units} below it. Take more pixels, more padding, or a smaller kernel or dilation.", values);
}

/** What one unit sees, in sentences. */
export function sight(state, place, _) {
  const [level, unit] = place;
  if (!level) return _("Pixel {unit} sees itself.", { unit });
  const { first, last, read, outside, skipped, most } = summary(state, place);
  const values = { layer: level, unit, first, last, size: last - first + 1, read, outside, skipped, pixel: most[0], paths: most[1] };
  const whole = _("Unit {unit} of layer {layer} sees from pixel {first} to pixel {last}: {size} in all.", values);
  const parts =
    outside || skipped ? _("Read: {read}. Skipped: {skipped}. In the padding: {outside}.", values) : _("It reads all of them.");
  return [whole, parts, ...(read ? [_("Most paths lead to pixel {pixel}: {paths}.", values)] : [])].join(" ");
}

/** The formula of a level's field, filled in: r = 1 + 1·2 + 1·2 + 2·1·(3 − 1) … */
export function sum(layers, level) {
  const found = fields(layers);
  const terms = layers.slice(0, level).map(({ kernel, dilation }, place) => {
    const factors = [found[place].jump, dilation].filter((factor) => factor > 1);
    return [...factors, `(${kernel} − 1)`].join("·");
  });
  return ["1", ...terms].join(" + ") + ` = ${found[level].size}`;
}

/** What the drawing shows, for readers who do not see it. */
export function drawn(state, place, _) {
  const [first, last] = span(fields(state.layers)[place[0]], place[1]);
  const values = { layers: state.layers.length, pixels: state.pixels, first, last };
  return _("A row of {pixels} pixels under a stack of {layers} layers; the chosen unit's field reaches from {first} to {last}.", values);
}
