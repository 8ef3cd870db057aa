// What the walk says in words; `_` gives them in the reader's language. Maps, rows and columns are counted from zero, as in Python.
import { printed } from "../dom.js";
import { MOST } from "../engine/network.js";
import { span } from "./state.js";

export const size = (shape) => shape.join("×");

/** 12,345 */
export const whole = (n) => n.toLocaleString("en-US");

/** A number of the network's, to three places. */
export const short = (n) => printed(Number.isFinite(n) ? Number(n.toPrecision(3)) : n);

export const operatorNames = (_) => ({
  input: _("input"),
  conv: _("convolution"),
  transposed: _("transposed convolution"),
  norm: _("batch normalisation"),
  linear: _("fully connected"),
  maxpool: _("maximum pooling"),
  avgpool: _("average pooling"),
  adaptive: _("average pooling to a size"),
  mean: _("mean over all places"),
  enlarge: _("bilinear enlargement"),
  add: _("addition"),
  cat: _("concatenation"),
  flatten: _("flatten"),
  relu: "ReLU",
  relu6: "ReLU6",
  tanh: "tanh",
  sigmoid: "sigmoid",
  softmax: "softmax",
});

/** What a node is called: the model's own name for the layer. */
export const nodeName = ({ op, name }, _) => (op === "input" ? _("input") : name);

/** What a node's operator is set to: kernel, stride, padding, dilation, groups, where they are not the usual. */
export function settings({ op, weight, kernel, stride, padding, dilation, groups }, _) {
  const window = kernel ?? (op === "conv" || op === "transposed" ? weight.shape.slice(2) : null);
  if (!window) return "";
  const differs = (pair, usual) => pair && pair.some((n) => n !== usual);
  return [
    _("kernel {size}", { size: size(window) }),
    differs(stride, 1) && _("stride {size}", { size: size(stride) }),
    differs(padding, 0) && _("padding {size}", { size: size(padding) }),
    differs(dilation, 1) && _("dilation {size}", { size: size(dilation) }),
    groups > 1 && _("{groups} groups", { groups }),
  ].filter(Boolean).join(", ");
}

/** Why a layer cannot be at this size, and what to do about it. */
export function refusalWords({ refusal }, model, _) {
  if (!refusal) return "";
  const { place, why, of, needs } = refusal;
  const values = { name: model.nodes[place].name, size: of.map(size).join(" + "), needed: whole(needs[why] ?? 0), most: whole(MOST[why] ?? 0) };
  if (why === "fit") return _("The layer {name} runs out of pixels: its window fits nowhere on {size}. Take a larger input.", values);
  if (why === "numbers") return _("Up to the layer {name} a browser would have to keep {needed} numbers; at most it keeps {most}. Take a smaller input.", values);
  if (why === "steps") return _("Up to the layer {name} a browser would have to take {needed} steps; at most it takes {most}. Take a smaller input.", values);
  return _("The layer {name} cannot take {size}; it was trained for another input size.", values);
}

/** What a unit sees of the input's rows or columns, as one word. */
const wide = (sight, _) => (sight === "all" ? _("all") : sight === "?" ? _("not the same everywhere") : String(sight.size));

/** The facts about a node, as pairs of a name and a value. */
export function facts({ node, of, shape, sight, parameters, products, numbers }, all, _) {
  const share = products ? ` (${Math.round((100 * products) / all.products)} %)` : "";
  return [
    [_("Shape"), node.op === "input" ? size(shape) : `${size(of)} → ${size(shape)}`],
    [_("Set to"), settings(node, _) || "–"],
    [_("Parameters"), whole(parameters)],
    [_("Multiply-adds"), whole(products) + share],
    [_("Numbers to keep"), whole(numbers)],
    [_("Sees rows, columns"), sight.map((one) => wide(one, _)).join(", ")],
  ];
}

/** What one number is, and what it sees. */
export function seen(row, { channel, unit }, value, pixels, _) {
  const values = { channel, row: unit[0], column: unit[1], value: value === undefined ? "–" : short(value) };
  const first = unit.length
    ? _("Map {channel}, row {row}, column {column}: {value}.", values)
    : _("Unit {channel}: {value}.", values);
  const spans = row.sight.map((sight, axis) => span(sight, unit[axis] ?? 0, pixels[axis]));
  if (spans.some((one) => !one)) return first;
  const [rows, columns] = spans;
  if (rows[1] < rows[0] || columns[1] < columns[0]) return [first, _("It sees padding only.")].join(" ");
  const ends = { top: rows[0], bottom: rows[1], left: columns[0], right: columns[1] };
  return [first, _("It sees rows {top} to {bottom} and columns {left} to {right} of the input.", ends)].join(" ");
}

/** What a file sets a layer to, whatever it is. */
function setTo({ setting, value }, _) {
  const set = { size: Array.isArray(value) ? size(value) : String(value), groups: String(value) };
  const words = {
    kernel: _("kernel {size}", set),
    stride: _("stride {size}", set),
    padding: _("padding {size}", set),
    dilation: _("dilation {size}", set),
    size: _("output size {size}", set),
    output_padding: _("output padding {size}", set),
    groups: _("{groups} groups", set),
  };
  return words[setting];
}

/** Why a file is refused. */
export function brokenWords({ why, values = {} }, _) {
  const { name, padding, kernel, more, stride, dilation } = values;
  const about = { why, what: Object.entries(values).map(([word, value]) => `${word}: ${value}`).join(", ") || "–" };
  const sentences = {
    short: () => _("The file is shorter than it says ({what}).", about),
    cut: () => _("The file is cut off: a weight is incomplete ({what}).", about),
    operator: () => _("The engine does not know an operator of this file ({what}).", about),
    version: () => _("The file was written for another version of the engine ({what}).", about),
    setting: () => _("The layer {name} of this file cannot be: {setting}.", { name, setting: setTo(values, _) }),
    padding: () => _("The layer {name} of this file has a padding of {padding}, more than half of its window of {kernel}.", { name, padding: size(padding), kernel: size(kernel) }),
    more: () => _("The layer {name} of this file has an output padding of {more}; it must be less than its stride, {stride}, or its dilation, {dilation}.", { name, more: size(more), stride: size(stride), dilation: size(dilation) }),
    input: () => _("An input of {size} is too large for a browser.", { size: size(values.size) }),
    nodes: () => _("The file has more layers than the engine takes ({what}).", about),
  };
  return sentences[why]?.() ?? _("The file is none that cnnbook.live.export wrote, or it is damaged ({why}; {what}).", about);
}
