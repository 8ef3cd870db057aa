// What paint and segment computes: the network's answers, where things stand, and what an address tells.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { speaker } from "../../docs/live/dom.js";
import { read } from "../../docs/live/engine/file.js";
import { answer, answering, frame, ground, scores, share, squares } from "../../docs/live/paint/model.js";
import { classNames, found, said, thingName } from "../../docs/live/paint/phrases.js";
import { added, decoded, encoded, firstState, fromFarToNear, moved, MOST } from "../../docs/live/paint/state.js";
import { shades } from "../../docs/live/paint/street.js";

const fixtures = JSON.parse(readFileSync(process.env.FIXTURES));
const { settings } = fixtures;
const opened = (text) => read(Uint8Array.from(Buffer.from(text, "base64")).buffer);
const near = (one, other, far = 1e-4) => assert.ok(one.length === other.length && one.every((n, place) => Math.abs(n - other[place]) < far));
const _ = speaker({});

const small = opened(fixtures.file);
const picture = { shape: [2, 16, 16], data: Float32Array.from(fixtures.image) };

test("the scores of each step are torch's, the coarsest first", () => {
  const all = scores(small, picture);
  assert.deepEqual(all.map(({ shape }) => shape), [[4, 2, 2], [4, 4, 4], [4, 8, 8]]);
  all.forEach(({ data }, which) => near([...data], fixtures.scores[which]));
});

test("probabilities are torch's, enlarged bilinearly or as squares, and so are the classes", () => {
  scores(small, picture).forEach((coarse, which) => {
    const smooth = answer(coarse, 16, true);
    near([...smooth.data], fixtures.smooth[which]);
    near([...answer(coarse, 16, false).data], fixtures.squares[which]);
    const same = [...smooth.classes].filter((label, place) => label === fixtures.classes[which][place]).length;
    assert.ok(same >= 255);
  });
});

test("squares repeat each score, by hand", () => {
  assert.deepEqual([...squares({ shape: [1, 1, 2], data: Float32Array.from([3, 5]) }, [2, 4]).data], [3, 3, 5, 5, 3, 3, 5, 5]);
});

test("the figure's own network has five answers, and a street it has not seen is mostly right at the finest", () => {
  const model = opened(fixtures.network);
  assert.equal(answering(model).length, settings.steps.length);
  const street = { shape: [3, 96, 96], data: Float32Array.from(fixtures.street) };
  const begin = performance.now();
  const all = scores(model, street);
  const right = all.map((coarse) => answer(coarse, 96, true).classes.reduce((sum, label, place) => sum + (label === fixtures.truth[place]), 0) / 9216);
  const took = performance.now() - begin;
  assert.deepEqual(all.map(({ shape: [, rows] }) => 96 / rows), settings.steps);
  assert.ok(right.at(-1) > 0.85 && right.at(-1) > right[0], right.join(" "));
  assert.ok(took < 3000, `${took} ms`); // far from what it takes, for a machine with much else to do
});

test("the lower a thing stands, the larger it is, and its foot is where one tapped", () => {
  const street = { horizon: 0.5, eye: 2 };
  const thing = { metres: 1, box: [0, 0, 10, 20] };
  assert.deepEqual(frame(thing, street, [59, 40], 96), { left: 39, top: 54, width: 3, height: 6 }); // 12 rows below, half an eye tall
  assert.equal(frame(thing, street, [71, 40], 96).height, 12);
  assert.deepEqual(ground([0, 200], street, 96), [50, 95]);
});

test("the share of a thing that was found counts its own pixels only", () => {
  assert.equal(share([6, 6, 0, 6], [1, 1, 1, 0], 1, 6), 2 / 3);
  assert.equal(share([6, 6], [0, 0], 1, 6), null);
});

test("who stands lower hides the others, whoever came first", () => {
  assert.deepEqual(fromFarToNear({ placed: [[0, 80, 1], [1, 60, 2], [2, 70, 3]] }).map(([owner]) => owner), [1, 2, 0]);
});

test("a thing is added at the place one looks at, on the ground, and no more than there is room for", () => {
  const begin = { ...firstState(settings), placed: [], at: [3, 20] };
  const one = added(begin, settings);
  assert.deepEqual(one.placed, [[begin.thing, Math.ceil(settings.presets[begin.street].horizon * 96) + 2, 20]]);
  let full = begin;
  for (let count = 0; count < MOST + 5; count++) full = added(full, settings);
  assert.equal(full.placed.length, MOST);
});

test("an address tells a state, and nothing else is taken for one", () => {
  const first = firstState(settings);
  const other = Object.keys(settings.presets)[2];
  for (const state of [first, { ...first, placed: [] }, moved({ ...first, step: 1, show: 6, smooth: false }, other, settings)]) {
    assert.deepEqual(decoded(settings, encoded(state)), state.placed.length ? { ...state, at: state.placed.at(-1).slice(1) } : state);
  }
  for (const text of ["", "0", "4005_9_map_s", "4005_1_9_s", "4005_1_map_x", "4005_1_map_s_99.1.1", "4005_1_map_s_1.96.1", "4005_1_map_s_1.2", "toString_1_map_s"]) {
    assert.equal(decoded(settings, text), null, text);
  }
});

test("each class and each thing of the palette has a name of its own", () => {
  assert.deepEqual(classNames(_), settings.classes);
  const names = settings.things.map((_thing, which) => thingName(settings, which, _));
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes("car, from the side") && names.includes("person"));
});

test("what is said at a pixel names the two most likely classes", () => {
  const data = new Float32Array(9);
  data.set([0.1, 0, 0.7, 0.2]);
  assert.equal(said({ data }, 1, [0, 0], 1, _), "Row 0, column 0: road, 70 %; next: pavement, 20 %.");
  assert.equal(found(0.5, "car", 12.4, 8, _), "Your car, 12 pixels tall: at step 8, 50 % of its pixels have the right class.");
  assert.equal(found(null, "car", 12.4, 8, _), "Nothing of your car is to be seen.");
});

test("a map has the colours of its classes, a probability is grey", () => {
  const answered = { classes: Uint8Array.from([1, 0]), data: Float32Array.from([0, 1, 1, 0]) };
  assert.deepEqual([...shades(answered, "map", ["#010203", "#ff0010"])], [255, 0, 16, 255, 1, 2, 3, 255]);
  assert.deepEqual([...shades(answered, 0, [])], [0, 0, 0, 255, 255, 255, 255, 255]);
});
