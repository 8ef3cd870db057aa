// The arithmetic of the playground, and nothing else: no page, no drawing. What windows meet stands here, what stamps add in stamp.js.
// A state is { operation, dims, input, kernel, bias, stride, padding, mode, dilation, output-padding }, its arrays in torch's order:
// input holds maps, kernel for each filter a table for each map, bias a number for each filter; mode is a name of PADDING.

/** A window that is pooled has no weights; its kernel is there for its size alone, and all ones. */
export const isPooling = ({ operation }) => operation.endsWith("-pooling");

export const isTransposed = ({ operation }) => operation === "transposed";

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
export function axes({ dims, input: [map], kernel: [[table]], stride: s, padding: p, dilation: d, "output-padding": a }) {
  const across = { n: map[0].length, k: table[0].length, s, p, d, a };
  const down = dims === 1 ? { n: 1, k: 1, s: 1, p: 0, d: 1, a: 0 } : { n: map.length, k: table.length, s, p, d, a };
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
