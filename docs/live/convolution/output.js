// What each operation makes of a state: its output, and how large that is.
import { axes, isTransposed, outputSize, products, taps } from "./model.js";
import { grownSize, laidDown } from "./stamp.js";

/** How many outputs there are down and across; zero or less where there is none. */
export const sizes = (state) => axes(state).map(isTransposed(state) ? grownSize : outputSize);

/** What an operation makes of the numbers that a filter meets. */
const REDUCED = {
  "max-pooling": ([taps]) => Math.max(...taps.map(({ number }) => number)),
  "average-pooling": ([taps]) => products(taps) / taps.length,
};
const weighted = (maps, bias) => maps.map(products).reduce((sum, product) => sum + product, bias);

/** The output: a map for each filter. Empty where the kernel fits nowhere. */
export function computed(state) {
  const [rows, columns] = sizes(state).map((size) => Math.max(0, size));
  const several = (count, make) => Array.from({ length: count }, (_cell, at) => make(at));
  const reduced = REDUCED[state.operation] ?? weighted;
  const gathered = (place) => reduced(taps(state, place), state.bias[place[0]]);
  const at = isTransposed(state) ? ([, ...place]) => laidDown(state, place) : gathered;
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
