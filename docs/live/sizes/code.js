// The line that makes the layer, in PyTorch and in Keras: both compute the same numbers from the same weights.
// Each is { line, why }: a line may be missing, and `why` names what the other library does not have.
import { solve } from "./model.js";

const value = ([down, across]) => (down === across ? `${down}` : `(${down}, ${across})`);
const option = (name, pair, usual) => (pair.every((number) => number === usual) ? [] : [`${name}=${value(pair)}`]);
const each = (both, name) => both.map((axis) => axis[name]);
const even = (both) => both.every(({ before, after }) => before === after);
const many = (pair) => pair.some((number) => number > 1);

/** Columns before rows, as PyTorch pads. */
const zeros = ([down, across]) => `nn.ZeroPad2d((${[across.before, across.after, down.before, down.after].join(", ")}))`;

/** Rows before columns, as Keras pads. */
const pairs = (both) => `(${both.map(({ before, after }) => `(${before}, ${after})`).join(", ")})`;

/** The same windows: as many, and the first at the same place. */
const agrees = (both, change) =>
  both.every((axis) => {
    const other = solve({ ...axis, ...change(axis) });
    const behind = axis.operation !== "transposed" || other.after === axis.after;
    return !other.refused && other.o === axis.o && other.before === axis.before && behind;
  });

export function torchLine(state, both) {
  return { convolution: torchConvolution, transposed: torchTransposed, pooling: torchPooling }[state.operation](state, both);
}

function torchConvolution({ channels, filters, kernel, stride, padding, dilation }, both) {
  const layer = (padded) => {
    const options = [`kernel_size=${value(kernel)}`, ...option("stride", stride, 1), ...padded, ...option("dilation", dilation, 1)];
    return `nn.Conv2d(${[channels, filters, ...options].join(", ")})`;
  };
  if (padding === "same" && !many(stride)) return { line: layer(['padding="same"']) };
  const why = padding === "same" ? "same" : null;
  if (even(both)) return { line: layer(option("padding", each(both, "before"), 0)), why };
  return { line: `nn.Sequential(${zeros(both)}, ${layer([])})`, why };
}

function torchTransposed({ channels, filters, kernel, stride, padding, dilation }, both) {
  const cut = both.map(({ before, after }) => ({ before: 0, after: Math.min(before - after, 0) }));
  const added = both.map(({ before, after }) => Math.max(before - after, 0));
  const options = [
    `kernel_size=${value(kernel)}`,
    ...option("stride", stride, 1),
    ...option("padding", each(both, "before"), 0),
    ...option("output_padding", added, 0),
    ...option("dilation", dilation, 1),
  ];
  const layer = `nn.ConvTranspose2d(${[channels, filters, ...options].join(", ")})`;
  const why = padding === "same" ? "same" : null;
  return { line: even(cut) ? layer : `nn.Sequential(${layer}, ${zeros(cut)})`, why };
}

function torchPooling({ kernel, stride, padding, dilation, ceil }, both) {
  const layer = (padded, up) => {
    const steps = value(stride) === value(kernel) ? [] : [`stride=${value(stride)}`];
    const options = [...steps, ...option("padding", padded, 0), ...option("dilation", dilation, 1), ...(up ? ["ceil_mode=True"] : [])];
    return `nn.MaxPool2d(${[`kernel_size=${value(kernel)}`, ...options].join(", ")})`;
  };
  if (typeof padding !== "string") return { line: layer(padding, ceil) };
  const why = padding === "same" ? "same" : null;
  for (const up of [false, true]) {
    if (agrees(both, ({ before }) => ({ p: before, ceil: up }))) return { line: layer(each(both, "before"), up), why };
  }
  const sides = zeros(both).slice("nn.ZeroPad2d(".length, -1);
  return { line: `nn.Sequential(nn.ConstantPad2d(${sides}, float("-inf")), ${layer([0, 0], false)})`, why };
}

const KERAS = { convolution: "Conv2D", transposed: "Conv2DTranspose", pooling: "MaxPooling2D" };

export function kerasLine(state, both) {
  const { operation, padding, stride, dilation } = state;
  if (operation === "pooling" && many(dilation)) return { why: "dilation" };
  if (operation === "transposed" && many(stride) && many(dilation)) return { why: "stride and dilation" };
  if (many(stride) && many(dilation)) return kerasKept(state, both);
  const word = typeof padding === "string" ? padding : ["valid", "same"].find((it) => agrees(both, () => ({ p: it })));
  if (word) return { line: kerasLayer(state, word === "same" ? ['padding="same"'] : []) };
  return { convolution: kerasPadded, transposed: kerasCut, pooling: kerasPooled }[operation](state, both);
}

function kerasLayer({ operation, kernel, stride, dilation, filters }, more = []) {
  const pooled = operation === "pooling";
  const steps = pooled ? value(stride) === value(kernel) : !many(stride); // what Keras does by itself
  const options = [...(steps ? [] : [`strides=${value(stride)}`]), ...more, ...option("dilation_rate", dilation, 1)];
  return `keras.layers.${KERAS[operation]}(${[...(pooled ? [] : [filters]), value(kernel), ...options].join(", ")})`;
}

function kerasPadded(state, both) {
  const sides = even(both) ? value(each(both, "before")) : pairs(both);
  return { line: `keras.Sequential([keras.layers.ZeroPadding2D(${sides}), ${kerasLayer(state)}])`, why: "padding" };
}

/** Every place is computed, and those of the stride are kept. */
function kerasKept(state, both) {
  const everywhere = { ...state, stride: [1, 1] };
  const bare = both.every(({ before, after }) => !before && !after);
  const kept = state.stride.map((step) => (step === 1 ? ":" : `::${step}`)).join(", ");
  const layer = bare ? kerasLayer(everywhere) : kerasPadded(everywhere, both).line;
  return { line: `${layer}(x)[:, ${kept}]`, why: "stride, dilation" };
}

function kerasCut(state, both) {
  const grown = both.map(({ p, a }) => Math.max(a - p, 0)); // beyond the last copy of the kernel
  if (grown.some((pixels, i) => pixels && pixels >= state.stride[i])) return { why: "room" };
  const whole = (axis, more) => (grown.some(Boolean) ? (axis.n - 1) * axis.s + axis.reach + more : solve({ ...axis, p: "valid" }).o);
  const cut = both.map((axis, i) => ({ before: axis.before, after: whole(axis, grown[i]) - axis.before - axis.o }));
  const layer = kerasLayer(state, option("output_padding", grown, 0));
  if (cut.every(({ before, after }) => !before && !after)) return { line: layer };
  const sides = even(cut) ? value(each(cut, "before")) : pairs(cut);
  return { line: `keras.Sequential([${layer}, keras.layers.Cropping2D(${sides})])`, why: "cut" };
}

/** Padded with what never wins, as far as the last window reaches. */
function kerasPooled(state, both) {
  const sides = both.map(({ before, o, s, reach, n }) => ({ before, after: Math.max((o - 1) * s + reach - n - before, 0) }));
  const [down, across] = sides.map(({ before, after }) => `(${before}, ${after})`);
  const padded = `keras.ops.pad(x, ((0, 0), ${down}, ${across}, (0, 0)), constant_values=float("-inf"))`;
  return { line: `${kerasLayer(state)}(${padded})`, why: "pooling" };
}
