// The walk's arithmetic: where one stands, what is seen, which lines pass which layers, and pictures of another size.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { speaker } from "../../docs/live/dom.js";
import { colours, picture, reach } from "../../docs/live/network/maps.js";
import { brokenWords, refusalWords } from "../../docs/live/network/phrases.js";
import { ofPixels, resized, slope } from "../../docs/live/network/picture.js";
import { lanes, largest, shown, span, standing, survey } from "../../docs/live/network/state.js";

const { interpolated } = JSON.parse(readFileSync(process.env.FIXTURES));
const input = { name: "input", op: "input", inputs: [] };
const conv = { name: "c", op: "conv", inputs: [0], weight: { shape: [2, 1, 3, 3], data: new Float32Array(18) }, stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 };
const pool = { name: "p", op: "maxpool", inputs: [1], kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], ceil: false };
const model = { input: [1, 6, 6], nodes: [input, conv, pool], output: 2 };

test("a survey adds up what every layer costs, by hand", () => {
  const all = survey(model, [6, 6]);
  assert.deepEqual(all.rows.map(({ shape }) => shape), [[1, 6, 6], [2, 4, 4], [2, 2, 2]]);
  assert.deepEqual([all.parameters, all.products, all.numbers], [18, 18 * 16, 36 + 32 + 8]);
});

test("a survey adds up the steps of windows too, which multiply nothing", () => {
  const all = survey(model, [6, 6]);
  assert.equal(all.steps, 18 * 16 + 2 * 16 + 2 * 4 * 4); // products, what the convolution writes, what the pooling sees
});

test("what is too much for a browser is said with the layer, what it needs and what there is", () => {
  const wide = { ...model, nodes: [input, { ...conv, padding: [9000, 9000] }] };
  const said = refusalWords(survey(wide, [6, 6]), wide, speaker({}));
  assert.match(said, /Up to the layer c a browser would have to keep 648,[\d,]+ numbers; at most it keeps 134,217,728\. Take a smaller input\./);
  const long = { input: [2, 512, 512], output: 1, nodes: [input, { ...pool, inputs: [0], kernel: [512, 512], stride: [1, 1], padding: [256, 256] }] };
  assert.match(refusalWords(survey(long, [512, 512]), long, speaker({})), /the layer p a browser would have to take 137,976,348,672 steps; at most/); // 2 · 513² · 512²
});

test("what a file sets a layer to is said in words", () => {
  const said = (why, values) => brokenWords({ why, values }, speaker({}));
  assert.equal(said("setting", { name: "c", setting: "stride", value: [0, 1] }), "The layer c of this file cannot be: stride 0×1.");
  assert.equal(said("setting", { name: "c", setting: "padding" }), "The layer c of this file cannot be: padding undefined.");
  assert.equal(said("setting", { name: "c", setting: "groups", value: 0 }), "The layer c of this file cannot be: 0 groups.");
  assert.equal(
    said("padding", { name: "p", padding: [2, 0], kernel: [3, 3] }),
    "The layer p of this file has a padding of 2×0, more than half of its window of 3×3.",
  );
  assert.match(said("more", { name: "t", more: [2, 0], stride: [2, 1], dilation: [1, 1] }), /output padding of 2×0; .* its stride, 2×1, or its dilation, 1×1/);
  assert.equal(said("input", { size: [1, 1e9, 2] }), "An input of 1×1000000000×2 is too large for a browser.");
  assert.match(said("nodes", { count: 4097 }), /more layers than the engine takes \(count: 4097\)/);
  assert.match(said("tensor", { name: "b" }), /damaged \(tensor; name: b\)/);
});

test("a survey ends before the layer that cannot be", () => {
  const all = survey(model, [3, 6]);
  assert.equal(all.rows.length, 2);
  assert.deepEqual([all.refusal.place, all.refusal.why], [2, "fit"]);
});

test("who stands where nothing is any more, stands at the nearest place", () => {
  const all = survey(model, [3, 6]);
  assert.deepEqual(standing(all, { place: 2, channel: 7, unit: [3, 3] }), { place: 1, channel: 1, unit: [0, 3] });
  assert.deepEqual(standing(all, { place: 0, channel: 1, unit: [] }), { place: 0, channel: 0, unit: [0, 0] });
});

test("sixty-four maps are shown, and the chosen one is among them", () => {
  assert.deepEqual(shown(3, 1), [0, 1, 2]);
  assert.deepEqual([shown(100, 0).length, shown(100, 0)[0]], [64, 0]);
  assert.deepEqual([shown(100, 80).length, shown(100, 80).at(-1)], [64, 80]);
});

test("what a unit sees ends where the picture does", () => {
  assert.deepEqual(span({ size: 5, jump: 2, offset: -1 }, 0, 10), [0, 3]);
  assert.deepEqual(span({ size: 5, jump: 2, offset: -1 }, 4, 10), [7, 9]);
  assert.deepEqual(span("all", 3, 10), [0, 9]);
  assert.equal(span("?", 3, 10), null);
});

test("a line that passes a layer by has a lane, and lines beside each other have different ones", () => {
  const nodes = [[], [0], [1], [0, 2], [3, 1], [4, 3]].map((inputs) => ({ inputs }));
  const found = lanes(nodes).map(({ from, to, lane }) => [from, to, lane]);
  assert.deepEqual(found, [[0, 3, 0], [1, 4, 1], [3, 5, 0]]);
});

test("a picture of another size has torch's numbers", () => {
  for (const { shape, data, size, expected } of interpolated) {
    const found = resized({ shape, data: Float32Array.from(data) }, size);
    assert.deepEqual(found.shape, [shape[0], ...size]);
    found.data.forEach((value, place) => assert.ok(Math.abs(value - expected[place]) < 1e-5, `${shape} ${size}`));
  }
});

test("grey is the sum of red, green and blue by their brightness, and colours stay apart", () => {
  const pixels = { width: 2, height: 1, data: Uint8ClampedArray.from([255, 0, 0, 255, 255, 255, 255, 255]) };
  const grey = ofPixels(pixels, 1);
  assert.deepEqual(grey.shape, [1, 1, 2]);
  assert.ok(Math.abs(grey.data[0] - 0.299) < 1e-6 && Math.abs(grey.data[1] - 1) < 1e-6);
  assert.deepEqual([...ofPixels(pixels, 3).data], [1, 1, 0, 1, 0, 1]);
});

test("without examples the input grows from corner to corner", () => {
  assert.deepEqual([...slope(1, [2, 2]).data], [0, 0.5, 0.5, 1]);
});

test("zero is not drawn, and what is farthest from it most", () => {
  const data = Float32Array.from([0, -2, 1, NaN]);
  assert.equal(reach(data), 2);
  const bytes = colours(data, 2);
  assert.deepEqual([bytes[3], bytes[7], bytes[11]], [0, 255, 128]);
  assert.notDeepEqual([...bytes.slice(4, 7)], [...bytes.slice(8, 11)]);
  assert.deepEqual([...picture({ shape: [1, 1, 2], data: Float32Array.from([-1, 3]) })], [0, 0, 0, 255, 255, 255, 255, 255]);
});

test("the largest come first", () => {
  assert.deepEqual(largest(Float32Array.from([1, 5, -7, 3]), 3), [1, 3, 0]);
});
