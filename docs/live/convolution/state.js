// Where a state comes from: a preset, the figure's attributes, and what a reader changes.
const deep = (array) => (Array.isArray(array) ? 1 + deep(array[0]) : 0);
const wrapped = (array, axes) => (deep(array) < axes ? wrapped([array], axes) : array);

/** The same numbers in another size, along as many axes as sizes are given; what is new repeats the nearest old number. */
export const resized = (array, [size, ...sizes]) =>
  Array.from({ length: size ?? array.length }, (_item, at) => {
    const item = array[Math.min(at, array.length - 1)];
    return sizes.length ? resized(item, sizes) : item;
  });

/** The number at a place. */
export const at = (array, place) => place.reduce((part, index) => part[index], array);

/** The same numbers but one. */
export const replaced = (array, [at, ...place], value) =>
  array.map((item, i) => (i !== at ? item : place.length ? replaced(item, place, value) : value));

/** The nearest place that an array has. */
export function nearest(array = [], [at, ...place]) {
  const found = Math.max(0, Math.min(at, array.length - 1));
  return [found, ...(place.length ? nearest(array[found], place) : [])];
}

/** The settings that are one number each. */
export const STEPS = ["stride", "padding", "dilation", "output-padding"];

/** A preset by its name, complete. */
export function preset({ presets }, name) {
  const { operation = "convolution", dims, stride = 1, padding = 0, mode = "zeros", dilation = 1, ...numbers } = presets[name];
  const added = numbers["output-padding"] ?? 0;
  const { window } = numbers;
  const weights = numbers.kernel ?? resized([[1]], [dims === 1 ? 1 : window, window]);
  const [input, kernel] = [wrapped(numbers.input, 3), wrapped(weights, 4)];
  const bias = numbers.bias ?? kernel.map(() => 0);
  return { operation, dims, stride, padding, mode, dilation, "output-padding": added, input, kernel, bias };
}

/** The names of the presets of an operation in 1 or 2 dimensions, the first of them first. */
export const presetNames = ({ presets }, { operation, dims }) =>
  Object.keys(presets).filter((name) => presets[name].dims === dims && (presets[name].operation ?? "convolution") === operation);

/** The state that a figure begins with: a preset, and the attributes that differ from it. */
export function firstState(settings, attributes) {
  const { operation = "convolution", dims = 2, size } = attributes;
  const state = preset(settings, attributes.preset ?? presetNames(settings, { operation, dims: Number(dims) })[0]);
  for (const key of STEPS) state[key] = Number(attributes[key] ?? state[key]);
  state.mode = attributes["padding-mode"] ?? state.mode;
  return withSizes(state, { rows: size, columns: size, ...attributes });
}

/** The sizes of a state's arrays, as the settings name them. */
export const sizesOf = ({ input, kernel }) => ({
  channels: input.length,
  filters: kernel.length,
  rows: input[0].length,
  columns: input[0][0].length,
  kernel: kernel[0][0][0].length,
});

/** The state with other sizes; a signal keeps its one row. */
export function withSizes(state, changed) {
  const sizes = sizesOf(state);
  for (const name of Object.keys(sizes)) sizes[name] = Number(changed[name] ?? sizes[name]);
  const { channels, filters, rows, columns, kernel } = sizes;
  const one = state.dims === 1 && 1;
  return {
    ...state,
    input: resized(state.input, [channels, one || rows, columns]),
    kernel: resized(state.kernel, [filters, channels, one || kernel, kernel]),
    bias: resized(state.bias, [filters]),
  };
}
