// The playground's arithmetic against the fixtures that tests/live/test_convolution.py computes with NumPy and torch.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { decoded, encoded } from "../../docs/live/convolution/address.js";
import { axes, isPooling, isTransposed, outputSize, products, reach, taps, winner } from "../../docs/live/convolution/model.js";
import { added, shown } from "../../docs/live/convolution/numbers.js";
import { computed, mostTelling, sizes } from "../../docs/live/convolution/output.js";
import { cellName, outputName, refusal } from "../../docs/live/convolution/phrases.js";
import { contributions, laidDown } from "../../docs/live/convolution/stamp.js";
import { firstState, nearest, preset, replaced, resized, withSizes } from "../../docs/live/convolution/state.js";
import { spokenSum } from "../../docs/live/convolution/sum.js";
import { printed, speaker } from "../../docs/live/dom.js";

const { witnesses, starts } = JSON.parse(readFileSync(process.env.FIXTURES));
const settings = JSON.parse(readFileSync(new URL("../../docs/live/convolution/settings.json", import.meta.url)));
const edge = preset(settings, "vertical-edge");

/** As JSON tells it, which knows no infinity. */
const told = (output) => JSON.parse(JSON.stringify(output));

test(`every output equals NumPy's and torch's, in ${witnesses.length} configurations`, () => {
  for (const { state, numpy, torch } of witnesses) {
    assert.deepEqual(told(computed(state)), numpy, JSON.stringify(state));
    assert.deepEqual(numpy, torch);
  }
});

test("the lecture's vertical edge gives 0 3 3 0 twice", () => {
  assert.deepEqual(computed(edge), [[[0, 3, 3, 0], [0, 3, 3, 0]]]);
});

const cells = (output) =>
  output.flatMap((map, filter) => map.flatMap((row, i) => row.map((value, j) => ({ value, place: [filter, i, j] }))));

test("of an output the taps of all maps and the bias add up to it, and none is missing", () => {
  for (const { state, numpy } of witnesses.filter(({ state }) => !isPooling(state) && !isTransposed(state))) {
    const [[table]] = state.kernel;
    for (const { value, place } of cells(numpy)) {
      const maps = taps(state, place);
      assert.equal(maps.length, state.input.length);
      for (const found of maps) assert.equal(found.length, table.length * table[0].length);
      assert.equal(maps.map(products).reduce((sum, product) => sum + product, state.bias[place[0]]), value);
    }
  }
});

test("the winner is the first of the largest, and padding never wins", () => {
  const numbers = (...given) => given.map((number) => ({ number }));
  assert.equal(winner(numbers(-Infinity, -4, -1, -1)), 2);
  assert.equal(winner(numbers(-Infinity, -Infinity)), -1);
  for (const { state, numpy } of witnesses.filter(({ state }) => state.operation === "max-pooling")) {
    for (const { value, place } of cells(numpy)) {
      const [found] = taps(state, place);
      assert.equal(found[winner(found)]?.number ?? null, value);
    }
  }
});

test("what a window sends is told with its numbers; a mean that two decimals do not tell is a fraction first", () => {
  const said = (name, place) => spokenSum(preset(settings, name), place, computed(preset(settings, name))[0][place[1]][place[2]], speaker({}));
  assert.equal(said("champions", [0, 0, 0]), "max(0, 1, 9, 2) = 9");
  assert.equal(said("overlapping", [0, 0, 0]), "max(−∞, −∞, −∞, −∞, −3, −1, −∞, −2, −5) = −1");
  assert.equal(said("means", [0, 0, 1]), "(0 + 0 + 0 + 4) / 4 = 1");
  assert.equal(said("border-means", [0, 0, 0]), "(0 + 0 + 0 + 0 + 6 + 6 + 0 + 6 + 6) / 9 = 24/9 ≈ 2.67");
});

test("by hand, the stamps of the lecture add up to 4 in the middle", () => {
  const state = preset(settings, "by-hand");
  assert.deepEqual(computed(state), [[[0, 0, 1], [0, 4, 6], [4, 12, 9]]]);
  assert.equal(spokenSum(state, [0, 1, 1], 4, speaker({})), "0·3 + 1·2 + 2·1 + 3·0 = 4");
});

test("what is added at an output comes from each copy of the kernel that reaches it, once", () => {
  for (const { state, numpy } of witnesses.filter(({ state }) => isTransposed(state))) {
    assert.deepEqual(sizes(state), [numpy[0].length, numpy[0][0].length]);
    const [[table]] = state.kernel;
    for (const { value, place: [, ...place] } of cells(numpy)) {
      const found = contributions(state, place);
      assert.equal(found.flat().reduce((sum, { number, weight }) => sum + number * weight, 0), value);
      assert.equal(new Set(found.flat().map(({ row, column }) => `${row}.${column}`)).size, found.flat().length);
      assert.ok(found.length <= table.length && found.every((row) => row.length <= table[0].length));
    }
  }
});

test("what the padding cuts off is still laid down, and where no copy reaches there is nothing", () => {
  const state = { ...preset(settings, "spread"), padding: 1 };
  assert.equal(laidDown(state, [0, -1]), 1);
  const gaps = preset(settings, "gaps");
  assert.deepEqual(contributions(gaps, [0, 2]).flat(), []);
  assert.equal(spokenSum(gaps, [0, 0, 2], 0, speaker({})), "no copy of the kernel reaches it");
});

test("a transposed convolution refuses what leaves nothing, adds a whole step, or finds no room", () => {
  const said = (changes) => refusal({ ...preset(settings, "by-hand"), ...changes }, speaker({}), settings.operations.transposed.longest);
  assert.equal(said({}), "");
  assert.match(said({ padding: 2 }), /^The padding cuts off 2 cells on each side, and all there is are 3\./);
  assert.match(said({ "output-padding": 1 }), /^An output padding of 1 is a whole step or more\./);
  assert.equal(said({ "output-padding": 1, dilation: 2 }), "");
  assert.match(said({ input: [Array(6).fill(Array(6).fill(1))], stride: 4 }), /output would be 22 cells long, and here is room for 13\./);
});

test("a window refuses padding of more than half its size", () => {
  const said = (settings_) => refusal({ ...preset(settings, "champions"), ...settings_ }, speaker({}));
  assert.match(said({ padding: 2 }), /^A window of 2 takes padding of half its size at most.* 2 is more\./);
  assert.equal(said({ padding: 1 }), "");
  assert.match(said({ dilation: 5 }), /^The window reaches over 6 rows, but the padded input has 4\. It fits nowhere/);
});

test("numbers are written with two decimals at most, and without end as ∞", () => {
  assert.deepEqual([7 / 9, -2.5, 3, -Infinity].map(shown), ["0.78", "−2.5", "3", "−∞"]);
  assert.equal(added([1, -2, 0.5]), "1 + (−2) + 0.5");
});

test("grey does not see where red meets green, and a filter with a slice for each does", () => {
  const [seeing, grey] = computed(preset(settings, "red-green"));
  assert.deepEqual(seeing, [[0, 6, 6, 0], [0, 6, 6, 0]]);
  assert.deepEqual(grey, [[0, 0, 0, 0], [0, 0, 0, 0]]);
});

test("a sum over channels is told map by map, with the bias", () => {
  const state = { ...preset(settings, "mix"), bias: [-1] };
  const said = "input 1: 1·2 = 2; input 2: 0·1 = 0; input 3: 1·(−1) = −1; bias: −1; 2 + 0 + (−1) + (−1) = 0";
  assert.equal(spokenSum(state, [0, 0, 0], computed(state)[0][0][0], speaker({})), said);
  assert.equal(spokenSum(edge, [0, 0, 3], 0, speaker({})).split(" + ").length, 9);
});

test("a tap in the padding reads a zero", () => {
  const [[corner]] = taps({ ...edge, padding: 1 }, [0, 0, 0]);
  assert.deepEqual(corner, { row: -1, column: -1, weight: -1, number: 0 });
});

test("a kernel that reaches beyond the padded input fits nowhere, and there is no output", () => {
  const state = { ...edge, dilation: 3 };
  const [down] = axes(state);
  assert.ok(reach(down) > down.n + 2 * down.p);
  assert.ok(outputSize(down) <= 0);
  assert.deepEqual(computed(state), [[]]);
});

test("words are said exactly where the kernel fits nowhere, and they name the axis", () => {
  const said = (settings, state = edge) => refusal({ ...state, ...settings }, speaker({}));
  for (const { state } of witnesses) assert.equal(said({}, state), "");
  assert.match(said({ dilation: 2 }), /^The kernel reaches over 5 rows, but the padded input has 4\. It fits nowhere/);
  assert.match(said({ input: resized(edge.input, [1, 4, 2]) }), /over 3 columns, but the padded input has 2\./);
  assert.match(said({ padding: 1, dilation: 9 }, preset(settings, "step")), /cells, but the padded input has \d+\./);
});

test("a mirror and a ring refuse a padding that finds too few cells to copy", () => {
  const said = (mode, cells, padding) => refusal({ ...preset(settings, "step"), input: [[Array(cells).fill(1)]], mode, padding }, speaker({}));
  assert.match(said("reflect", 2, 2), /^A mirror leaves out the cell at the edge: of 2 it shows 1, and the padding of 2/);
  assert.match(said("circular", 1, 2), /^Going round meets every cell of the input once; the padding of 2 needs more than 1\./);
  assert.equal(said("reflect", 3, 2), "");
  assert.equal(said("circular", 2, 2), "");
  assert.equal(said("replicate", 1, 2), "");
});

test("an address without a word for the padding is of zeros, as it always was", () => {
  assert.equal(decoded(settings, "1.1.1.1_1.2.3_1.0.1").mode, "zeros");
  assert.equal(decoded(settings, "1.1.1.1_1.2.3_1.0.1_circular").mode, "circular");
  assert.equal(decoded(settings, "1.1.1.1_1.2.3_1.0.1_spiral"), null);
});

test("places are counted from one, and a signal has no rows", () => {
  const _ = speaker({ kernel: "커널" });
  assert.equal(outputName({ dims: 2 }, [0, 0, 3], _), "Output row 1, column 4");
  assert.equal(outputName({ dims: 1 }, [0, 0, 3], _), "Output 4");
  assert.equal(cellName({ dims: 2 }, "kernel", [0, 0, 1, 0], _), "커널, row 2, column 1");
  assert.equal(cellName({ dims: 1 }, "kernel", [0, 0, 0, 2], _), "커널, cell 3");
});

test("where there are several maps, their numbers tell them apart", () => {
  const [_, state] = [speaker({}), { operation: "channels", dims: 2 }];
  assert.equal(outputName(state, [1, 0, 3], _), "Output 2, row 1, column 4");
  assert.equal(cellName(state, "kernel", [1, 2, 0, 0], _), "filter 2 (input 3), row 1, column 1");
  assert.equal(cellName({ ...state, dims: 1 }, "input", [1, 0, 4], _), "input 2, cell 5");
});

test("a figure begins as Python draws it", () => {
  for (const { attributes, input, kernel, output, place } of starts) {
    const state = firstState(settings, attributes);
    assert.deepEqual(state.input, input, JSON.stringify(attributes));
    assert.deepEqual(state.kernel, kernel);
    assert.deepEqual(told(computed(state)), output);
    assert.deepEqual(mostTelling(isTransposed(state) ? state.input : computed(state)), place);
  }
});

test("a larger array repeats the nearest number, a smaller one is cropped", () => {
  assert.deepEqual(resized([[1, 2], [3, 4]], [3, 3]), [[1, 2, 2], [3, 4, 4], [3, 4, 4]]);
  assert.deepEqual(resized([[1, 2], [3, 4]], [1, 1]), [[1]]);
  assert.deepEqual(resized([[1, 2], [3, 4]], [undefined, 1]), [[1], [3]]);
  assert.deepEqual(resized([[[1]], [[2]]], [3, 1, 2]), [[[1, 1]], [[2, 2]], [[2, 2]]]);
});

test("one number is replaced, and the array that it stood in stays as it was", () => {
  const before = [[1, 2], [3, 4]];
  assert.deepEqual(replaced(before, [1, 0], 9), [[1, 2], [9, 4]]);
  assert.deepEqual(before, [[1, 2], [3, 4]]);
});

test("a place that an array has lost becomes the nearest that it has", () => {
  assert.deepEqual(nearest([[1, 2], [3, 4]], [5, 1]), [1, 1]);
  assert.deepEqual(nearest([[]], [0, 3]), [0, 0]);
});

test("a signal keeps its one row, whatever the sizes", () => {
  const { input, kernel } = withSizes(preset(settings, "step"), { rows: 4, columns: 5, kernel: 2 });
  assert.deepEqual([input[0].length, input[0][0].length, kernel[0][0].length, kernel[0][0][0].length], [1, 5, 1, 2]);
});

// What readers have shared since the first playground must tell the same for ever.
const SHARED = {
  "2.1.0.1_0.0.0.1.1.1~0.0.0.1.1.1~0.0.0.1.1.1~0.0.0.1.1.1_-1.0.1~-1.0.1~-1.0.1": edge,
  "1.2.1.3_1.-2.3.4.5.6_7.8": { dims: 1, stride: 2, padding: 1, dilation: 3, input: [[[1, -2, 3, 4, 5, 6]]], kernel: [[[[7, 8]]]] },
  "1.1.2.1_1.2.3_1.0.1_circular": { dims: 1, padding: 2, mode: "circular", input: [[[1, 2, 3]]], kernel: [[[[1, 0, 1]]]] },
  "2.4.1.1_9_-9_replicate": { dims: 2, stride: 4, padding: 1, mode: "replicate", input: [[[9]]], kernel: [[[[-9]]]] },
};
const PLAIN = { operation: "convolution", stride: 1, padding: 0, mode: "zeros", dilation: 1, "output-padding": 0, bias: [0] };

test("an address that was shared long ago tells what it told then, and is still written so", () => {
  for (const [address, state] of Object.entries(SHARED)) {
    assert.deepEqual(decoded(settings, address), { ...PLAIN, ...state }, address);
    assert.equal(encoded({ ...PLAIN, ...state }), address);
  }
});

test("a shared address tells the same state to everyone", () => {
  for (const { state } of witnesses) assert.deepEqual(decoded(settings, encoded(state)), state);
});

test("an address that tells no state of ours is refused", () => {
  const sound = encoded(edge);
  const broken = [
    "",
    "nonsense",
    "2.1.0.1",
    sound.replace("2.1.0.1", "3.1.0.1"),
    sound.replace("2.1.0.1", "2.0.0.1"),
    sound.replace("2.1.0.1", "2.1.9.1"),
    sound.replace("2.1.0.1", "1.1.0.1"),
    sound.replace("-1.0.1", "-1.0"),
    sound.replace("-1.0.1", "-1.0.x"),
    sound.replace("-1.0.1", "-1.0.99"),
    "2.1.0.1_1_" + "1.1.1.1.1.1",
    "1.1.0.1_" + Array(99).fill(1).join(".") + "_1",
    sound + "_zeros_zeros",
    sound + "_spiral",
    sound + "_constructor",
    sound + "_b1",
    sound + "_channels_b99",
    sound + "_channels_b1.1",
    "1.1.0.1_1.2,3.4_1",
    "1.1.0.1_1.2.3.4_1.2_max-pooling",
    "1.1.0.1_1.2.3.4_1.1_max-pooling_replicate",
    "1.1.0.2_1.2.3.4_1.1_average-pooling",
    sound + "_a1",
    "1.2.0.1_1.2.3.4_1.1_transposed_a9",
    "1.2.0.1_1.2.3.4_1.1_transposed_a",
    "1.1.0.1_1.2,3.4_1_channels",
    "1.1.0.1_1.2,3_1,1_channels",
    "1.1.0.1_1.2,3.4_1,1,1_channels",
  ];
  for (const text of broken) assert.equal(decoded(settings, text), null, text);
});

test("words are the reader's, with values in their places", () => {
  const _ = speaker({ "row {row}": "{row}행" });
  assert.equal(_("row {row}", { row: 3 }), "3행");
  assert.equal(_("column {column}", { column: 2 }), "column 2");
});

test("a negative number is printed with a minus sign", () => assert.equal(printed(-3), "−3"));
