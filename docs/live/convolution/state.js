// Where a state comes from: a preset, the figure's attributes, and what a reader changes.
const deep = (array) => (Array.isArray(array) ? 1 + deep(array[0]) : 0);
const wrapped = (array, axes) => (deep(array) < axes ? wrapped([array], axes) : array);

/** The same numbers in another size, along as many axes as sizes are given; what is new repeats the nearest old number. */
export const resized = (array, [size, ...sizes]) =>
  Array.from({ length: size ?? array.length }, (_item, at) => {
    const item = array[Math.min(at, array.length - 1)];
    return sizes.length ? resized(item, sizes) : item;
  });

/** The same numbers but one. */
export const replaced = (array, [at, ...place], value) =>
  array.map((item, i) => (i !== at ? item : place.length ? replaced(item, place, value) : value));

/** The nearest place that an array has. */
export function nearest(array = [], [at, ...place]) {
  const found = Math.max(0, Math.min(at, array.length - 1));
  return [found, ...(place.length ? nearest(array[found], place) : [])];
}

/** A preset by its name, complete. */
export function preset({ presets }, name) {
  const { operation = "convolution", dims, stride = 1, padding = 0, mode = "zeros", dilation = 1, ...numbers } = presets[name];
  const [input, kernel] = [wrapped(numbers.input, 3), wrapped(numbers.kernel, 4)];
  const bias = numbers.bias ?? kernel.map(() => 0);
  return { operation, dims, stride, padding, mode, dilation, input, kernel, bias };
}

/** The names of the presets of an operation in 1 or 2 dimensions, the first of them first. */
export const presetNames = ({ presets }, { operation, dims }) =>
  Object.keys(presets).filter((name) => presets[name].dims === dims && (presets[name].operation ?? "convolution") === operation);

/** The state that a figure begins with: a preset, and the attributes that differ from it. */
export function firstState(settings, attributes) {
  const { operation = "convolution", dims = 2 } = attributes;
  const state = preset(settings, attributes.preset ?? presetNames(settings, { operation, dims: Number(dims) })[0]);
  for (const key of ["stride", "padding", "dilation"]) state[key] = Number(attributes[key] ?? state[key]);
  state.mode = attributes["padding-mode"] ?? state.mode;
  const { rows = attributes.size, columns = attributes.size, kernel } = attributes;
  return withSizes(state, { rows, columns, kernel });
}

/** The sizes of a state's arrays, as the settings name them. */
export const sizesOf = ({ input, kernel }) => ({
  rows: input[0].length,
  columns: input[0][0].length,
  kernel: kernel[0][0][0].length,
});

/** The state with other sizes; a signal keeps its one row. */
export function withSizes(state, changed) {
  const given = Object.fromEntries(Object.entries(changed).filter(([, size]) => size !== undefined));
  const { rows, columns, kernel } = Object.fromEntries(Object.entries({ ...sizesOf(state), ...given }).map(([name, size]) => [name, Number(size)]));
  const row = state.dims === 1 && 1;
  return {
    ...state,
    input: resized(state.input, [undefined, row || rows, columns]),
    kernel: resized(state.kernel, [undefined, undefined, row || kernel, kernel]),
  };
}
