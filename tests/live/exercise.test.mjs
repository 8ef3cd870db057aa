// The answer box's judgement against the verdicts that tests/live/test_exercise.py asks of Python.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { readArray, readNumber, readShape, same, shapeOf, unread, verdict } from "../../docs/live/exercise/model.js";
import { speaker } from "../../docs/live/dom.js";

const exercises = JSON.parse(readFileSync(process.env.FIXTURES));
const settings = JSON.parse(readFileSync(new URL("../../docs/live/exercise/settings.json", import.meta.url)));
const say = speaker({});

test(`the browser says what Python says, of ${exercises.flatMap(({ judged }) => judged).length} answers`, () => {
  for (const { name, data, judged } of exercises) {
    for (const { answer, right, says } of judged) {
      const { right: ours, says: said = "", ...values } = verdict(data, answer, settings);
      const given = `${name}: ${JSON.stringify(answer)}`;
      assert.equal(ours, right, given);
      assert.equal(say(said, values), says, given);
    }
  }
});

test("every answer can be written into its box", () => {
  const [least, most] = settings.sides;
  for (const { name, data } of exercises) {
    const { kind, answer } = data;
    if (kind === "number") assert.equal(readNumber(answer.toLocaleString("en")), answer, name);
    if (kind === "shape") assert.deepEqual(readShape(answer.join("×")), answer, name);
    if (kind !== "array") continue;
    const rows = shapeOf(answer).length === 1 ? [answer] : answer;
    assert.deepEqual(readArray(rows.map((row) => row.map(String)), data), answer, name);
    assert.ok([rows.length, rows[0].length].every((side) => side >= least && side <= most), name);
  }
});

test("a number may be written in many ways", () => {
  const ways = { "12": 12, " 1,024 ": 1024, "1 024": 1024, "62,208,000": 62208000, "−3": -3, "-3": -3, "–3": -3, "+3": 3, "0.5": 0.5, ".5": 0.5, "3.": 3, "1/4": 0.25, "-3 / 4": -0.75 };
  for (const [text, number] of Object.entries(ways)) assert.equal(readNumber(text), number, text);
});

test("what is no number is not taken for one", () => {
  for (const text of ["", " ", "x", "1,2", "1,02", "1.2.3", "--1", "1/0", "1/", "/2", "1e400", "Infinity", "NaN", "0x10", "9".repeat(400)]) {
    assert.equal(readNumber(text), null, text);
  }
});

test("a shape may be written in many ways", () => {
  for (const text of ["3×5×5", "3x5x5", "3 X 5 X 5", "3*5*5", "3,5,5", "(3, 5, 5)", "[3, 5, 5]", "3 5 5", "3·5·5"]) {
    assert.deepEqual(readShape(text), [3, 5, 5], text);
  }
  assert.deepEqual(readShape("512"), [512]);
});

test("what is no shape is not taken for one", () => {
  for (const text of ["", "×", "()", "3.5×2", "-3×2", "a×b", "3×", "×3"]) assert.equal(readShape(text), null, text);
});

test("cells without a number are found", () => {
  assert.deepEqual(unread([["1", ""], ["x", "2"]]), [[0, 1], [1, 0]]);
  assert.deepEqual(unread([["1", "-2"], ["1/2", "2"]]), []);
});

test("a third may be written with four digits", () => {
  assert.ok(same([0.3333], [1 / 3], settings));
  assert.ok(!same([0.333], [1 / 3], settings));
});
