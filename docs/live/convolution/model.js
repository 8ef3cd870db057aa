// The arithmetic of the playground, and nothing else: no page, no drawing.
// A state is { operation, dims, input, kernel, bias, stride, padding, mode, dilation }, its arrays ordered as torch orders them:
// input holds maps, kernel for each filter a table for each map, bias a number for each filter; mode is a name of PADDING.

/** A window that is pooled has no weights; its kernel is there for its size alone, and all ones. */
export const isPooling = ({ operation }) => operation.endsWith("-pooling");

/** Only a convolution chooses what stands in its padding. */
export const choosesPadding = ({ operation }) => operation === "convolution" || operation === "channels";

/** Places where a kernel of k cells fits on a padded row of n; zero or less where it fits nowhere. */
export const outputSize = ({ n, k, s, p, d }) => Math.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1;

/** How many cells a dilated kernel reaches over. */
export const reach = ({ k, d }) => d * (k - 1) + 1;

/** Which of n cells is read at place i of the padded row; for zeros, and where there is none to copy, none of them. */
const PADDING = {
  zeros: (i) => i,
  reflect: (i, n) => n - 1 - Math.abs(n - 1 - Math.abs(i)),
  replicate: (i, n) => Math.max(0, Math.min(i, n - 1)),
  circular: (i, n) => (i + n) % n,
};
export const MODES = Object.keys(PADDING);

/** The widest padding that finds cells to copy. */
export const mostPadding = (mode, { n }) => ({ reflect: n - 1, circular: n })[mode] ?? Infinity;

/** The number at a place of a map of the input, or of the padding round it, which never is the largest. */
export function read({ operation, input, mode }, map, row, column) {
  const from = PADDING[mode];
  const table = input[map];
  return table[from(row, table.length)]?.[from(column, table[0].length)] ?? (operation === "max-pooling" ? -Infinity : 0);
}

/** The settings down and across; a signal has one row, which nothing strides over or pads. */
export function axes({ dims, input: [map], kernel: [[table]], stride: s, padding: p, dilation: d }) {
  const across = { n: map[0].length, k: table[0].length, s, p, d };
  const down = dims === 1 ? { n: 1, k: 1, s: 1, p: 0, d: 1 } : { n: map.length, k: table.length, s, p, d };
  return [down, across];
}

/** What a filter meets at an output (filter, i, j): for each map, for each weight its cell, which may lie in the padding. */
export function taps(state, [filter, i, j]) {
  const [down, across] = axes(state);
  return state.kernel[filter].map((table, map) =>
    table.flatMap((weights, k) =>
      weights.map((weight, l) => {
        const row = i * down.s - down.p + k * down.d;
        const column = j * across.s - across.p + l * across.d;
        return { row, column, weight, number: read(state, map, row, column) };
      }),
    ),
  );
}

/** The sum of the products of one map. */
export const products = (taps) => taps.reduce((sum, { number, weight }) => sum + number * weight, 0);

/** The first of the largest numbers under a window, by its place among them; none where there is nothing but padding. */
export function winner(taps) {
  const most = Math.max(...taps.map(({ number }) => number));
  return taps.findIndex(({ number }) => number === most && number > -Infinity);
}

/** What an operation makes of the numbers that a filter meets. */
const REDUCED = {
  "max-pooling": ([taps]) => Math.max(...taps.map(({ number }) => number)),
  "average-pooling": ([taps]) => products(taps) / taps.length,
};
const weighted = (maps, bias) => maps.map(products).reduce((sum, product) => sum + product, bias);

/** The output: a map for each filter. Empty where the kernel fits nowhere. */
export function computed(state) {
  const [rows, columns] = axes(state).map((axis) => Math.max(0, outputSize(axis)));
  const several = (count, make) => Array.from({ length: count }, (_cell, at) => make(at));
  const reduced = REDUCED[state.operation] ?? weighted;
  const at = (place) => reduced(taps(state, place), state.bias[place[0]]);
  return state.kernel.map((_tables, filter) => several(rows, (i) => several(columns, (j) => at([filter, i, j]))));
}

/** The first place of the largest output, where a filter finds most of what it looks for. */
export function mostTelling(output) {
  let best = [0, 0, 0];
  output.forEach((map, filter) =>
    map.forEach((row, i) =>
      row.forEach((value, j) => {
        if (value > output[best[0]][best[1]][best[2]]) best = [filter, i, j];
      }),
    ),
  );
  return best;
}
