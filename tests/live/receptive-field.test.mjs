// The explorer's arithmetic against the fixtures that tests/live/test_receptive_field.py computes with cnnbook.shapes and torch.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fields, levels, paths, reads, span, summary } from "../../docs/live/receptive-field/model.js";
import { refusalWords, sight, sum } from "../../docs/live/receptive-field/phrases.js";
import { decoded, encoded, firstState, preset, within } from "../../docs/live/receptive-field/state.js";
import { speaker } from "../../docs/live/dom.js";

const { witnesses, starts } = JSON.parse(readFileSync(process.env.FIXTURES));
const settings = JSON.parse(readFileSync(new URL("../../docs/live/receptive-field/settings.json", import.meta.url)));
const lecture = preset(settings, "stride");
const _ = speaker({});

test(`levels end where Python's do, in ${witnesses.length} stacks`, () => {
  for (const { state, sizes } of witnesses) {
    const found = levels(state);
    assert.deepEqual(found.sizes, sizes, JSON.stringify(state));
    assert.equal(found.refusal?.place ?? state.layers.length, sizes.length - 1);
  }
  assert.ok(witnesses.some(({ sizes, state }) => sizes.length <= state.layers.length));
});

test("size, jump and offset are Python's", () => {
  for (const { state, fields: expected } of witnesses) {
    const [, ...found] = fields(state.layers);
    assert.deepEqual(found.map(({ size, jump, offset }) => [size, jump, offset]), expected);
  }
});

test("the paths to each pixel are Python's, and torch's gradient", () => {
  for (const { state, place, paths: expected, slopes } of witnesses) {
    const [bottom] = paths(state, place);
    const found = Array.from({ length: state.pixels }, (_pixel, pixel) => bottom.get(pixel) ?? 0);
    assert.deepEqual(found, expected, JSON.stringify({ state, place }));
    assert.deepEqual(expected, slopes);
  }
});

test("what is read, skipped and in the padding makes up the whole field", () => {
  for (const { state, place, paths: expected } of witnesses) {
    const { first, last, read, outside, skipped, most } = summary(state, place);
    assert.equal(read, expected.filter((ways) => ways > 0).length);
    assert.equal(read + outside + skipped, last - first + 1);
    assert.ok(read >= 0 && outside >= 0 && skipped >= 0);
    if (read) assert.equal(most[1], Math.max(...expected));
  }
});

test("the lecture's unit sees eleven pixels, and its neighbour begins two further on", () => {
  const [field] = fields(lecture.layers).slice(-1);
  assert.deepEqual([span(field, 0), span(field, 1)], [[0, 10], [2, 12]]);
  assert.equal(sum(lecture.layers, 4), "1 + (3 − 1) + (3 − 1) + (3 − 1) + 2·(3 − 1) = 11");
});

test("a window reads its taps from the padding on", () => {
  assert.deepEqual(reads({ kernel: 3, stride: 2, padding: 1, dilation: 2 }, 1), [1, 3, 5]);
});

test("equal dilations leave holes, and the sentence counts them", () => {
  const state = preset(settings, "holes");
  assert.deepEqual(summary(state, [3, 0]), { first: 0, last: 12, read: 7, outside: 0, skipped: 6, most: [6, 7] });
  assert.match(sight(state, [3, 0], _), /from pixel 0 to pixel 12: 13 in all\. Read: 7\. Skipped: 6\. In the padding: 0\./);
  assert.match(sight(lecture, [4, 0], _), /It reads all of them\. Most paths lead to pixel \d+: \d+\./);
});

test("words are said exactly where a layer cannot be, and they name it", () => {
  for (const { state, sizes } of witnesses) {
    const said = refusalWords(levels(state).refusal, _);
    if (sizes.length > state.layers.length) assert.equal(said, "");
    else assert.ok(said.startsWith(`Layer ${sizes.length} `), said);
  }
  const short = { ...lecture, pixels: 4 };
  assert.match(refusalWords(levels(short).refusal, _), /^Layer 2 reaches over 3 units, but finds 2 below it/);
});

test("an address brings the same stack and place back", () => {
  for (const { state, place } of witnesses) {
    const whole = { ...state, place };
    assert.deepEqual(decoded(settings, encoded(whole)), whole);
  }
  assert.equal(encoded(lecture), "13_c3.1.0.1_c3.1.0.1_c3.2.0.1_c3.1.0.1_u4.0");
});

test("an address that tells no stack is refused", () => {
  const wrong = [
    "", "13", "13_u0.0", "0_c3.1.0.1_u1.0", "257_c3.1.0.1_u1.0", "13_c3.1.0_u1.0", "13_x3.1.0.1_u1.0", "13_c0.1.0.1_u1.0",
    "13_c3.1.9.1_u1.0", "13_c3.1.0.1", "13_c3.1.0.1_u2.0", "13_c3.1.0.1_u1.11", "13_c3.1.0.1_u1.-1", `13${"_c1.1.0.1".repeat(9)}_u1.0`,
  ];
  for (const text of wrong) assert.equal(decoded(settings, text), null, text);
});

test("a place that is lost moves to the nearest that there is", () => {
  assert.deepEqual(within({ ...lecture, pixels: 9, place: [4, 7] }).place, [3, 1]);
  assert.deepEqual(within({ ...lecture, place: [9, 0] }).place, [4, 0]);
});

test("a figure begins as its picture was drawn", () => {
  for (const { attributes, pixels, unit, layers } of starts) {
    const state = firstState(settings, attributes);
    assert.equal(state.pixels, pixels);
    assert.deepEqual(state.place, [layers.length, unit]);
    assert.deepEqual(state.layers.map(({ kernel, stride, padding, dilation }) => [kernel, stride, padding, dilation]), layers);
  }
});

test("every preset is allowed by the ranges", () => {
  for (const name of Object.keys(settings.presets)) {
    const state = preset(settings, name);
    assert.deepEqual(decoded(settings, encoded(state)), state, name);
    assert.equal(levels(state).refusal, null);
  }
});
