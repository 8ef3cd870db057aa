// The calculator's arithmetic against the fixtures that tests/live/test_sizes.py computes with cnnbook.shapes and torch.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { kerasLine, torchLine } from "../../docs/live/sizes/code.js";
import { LETTERS, plain, sameFormula, sizeFormula } from "../../docs/live/sizes/formula.js";
import { axes, counts, solve, unread } from "../../docs/live/sizes/model.js";
import { kerasNote, neverRead, refusal, torchNote } from "../../docs/live/sizes/phrases.js";
import { decoded, encoded, firstState, preset, read, written } from "../../docs/live/sizes/state.js";
import { speaker } from "../../docs/live/dom.js";

const { drawn, starts } = JSON.parse(readFileSync(process.env.FIXTURES));
const settings = JSON.parse(readFileSync(new URL("../../docs/live/sizes/settings.json", import.meta.url)));
const say = speaker({});
const solved = (state) => axes(state).map(solve);
const possible = drawn.filter(({ sizes }) => sizes);
const named = (changes, name = "halve") => ({ ...preset(settings, name), ...changes });

test(`sizes and refusals are those of cnnbook.shapes and of torch, in ${drawn.length} configurations`, () => {
  assert.ok(possible.length > drawn.length / 2 && possible.length < drawn.length);
  for (const { state, sizes } of drawn) {
    const both = solved(state);
    const refused = both.some((axis) => axis.refused);
    assert.deepEqual(refused ? null : both.map(({ o }) => o), sizes, JSON.stringify(state));
    assert.equal(refusal(both, say) !== "", refused);
  }
});

test("what is added before and after a row is what cnnbook.shapes says", () => {
  for (const { state, sides } of possible) {
    if (sides) assert.deepEqual(solved(state).map(({ before, after }) => [before, after]), sides, JSON.stringify(state));
  }
});

test("the pixels that no window reads are those that change nothing", () => {
  for (const { state, mute } of possible) {
    const found = solved(state).map(unread).map(({ start, between, end }) => [start, between, end]);
    assert.deepEqual(found, mute, JSON.stringify(state));
  }
});

test("shapes, parameters and multiply-adds are those of the layer", () => {
  for (const { state, shapes, parameters, multiplyAdds } of possible) {
    const found = counts(state, solved(state));
    assert.deepEqual([found.input, found.weights ?? null, found.output], shapes, JSON.stringify(state));
    assert.equal(found.parameters?.toString() ?? null, parameters);
    assert.equal(found.multiplyAdds?.toString() ?? null, multiplyAdds);
  }
});

/** What a printed formula gives, worked out from its own signs. */
function workedOut(text) {
  const code = text.replaceAll("·", "*").replaceAll("−", "-").replaceAll("⌊", "Math.floor(").replaceAll("⌈", "Math.ceil(");
  return Function("max", `return ${code.replaceAll(/[⌋⌉]/g, ")")}`)(Math.max);
}

test("the formula with its numbers gives the size, as it stands there", () => {
  for (const { state } of possible) {
    for (const axis of solved(state)) assert.equal(workedOut(plain(sizeFormula(axis))), axis.o, JSON.stringify(axis));
  }
});

test("the padding under same adds up to both its sides", () => {
  for (const { state } of possible.filter((it) => it.state.padding === "same")) {
    for (const axis of solved(state)) {
      const [sum, total] = sameFormula(axis).split(" = ");
      assert.equal(workedOut(sum), Number(total));
      const room = axis.operation === "transposed" ? Math.max(axis.s - axis.reach, 0) : 0;
      assert.equal(Number(total), axis.before + axis.after + room);
    }
  }
});

test("formulas with letters are the book's", () => {
  const lettered = (changes, name) => plain(sizeFormula(axes(named(changes, name))[0], LETTERS));
  assert.equal(lettered({}), "⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1");
  assert.equal(lettered({}, "double"), "(n − 1)s − 2p + d(k − 1) + a + 1");
  assert.equal(lettered({ ceil: true }, "pool"), "⌈(n + 2p − d(k − 1) − 1) / s⌉ + 1");
  assert.equal(lettered({}, "keras"), "⌈n / s⌉");
  assert.equal(plain(sizeFormula(solved(named({}))[0])), "⌊(224 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1");
});

test("a refusal names the axis and what is allowed", () => {
  const said = (changes, name) => refusal(solved(named(changes, name)), say);
  assert.match(said({ size: [9, 2], padding: [0, 0] }), /^The kernel reaches over 3 columns, but the padded input has 2\. It fits nowhere/);
  assert.match(said({ added: [2, 2] }, "double"), /2 is not below 2/);
  assert.match(said({ padding: [2, 2] }, "pool"), /2 is more than half of 2/);
  assert.match(said({ size: [1, 16], padding: [2, 2] }, "double"), /^Rows: there are 4, and the padding cuts off 4\./);
  assert.equal(said({}), "");
});

test("what is never read is said once where both axes are alike", () => {
  const said = (changes, name) => neverRead(solved(named(changes, name)), say);
  assert.deepEqual(said({}, "pool"), ["rows and columns: 1 at the end"]);
  assert.deepEqual(said({ size: [225, 224] }, "pool"), ["rows: 1 at the end"]);
  assert.deepEqual(said({}), []);
  assert.deepEqual(said({ kernel: [1, 1], padding: [0, 0], size: [5, 6] }), ["rows: 2 between", "columns: 2 between, 1 at the end"]);
  assert.deepEqual(said({ size: [6, 6], kernel: [1, 1], stride: [4, 4], padding: [2, 2] }), ["rows and columns: 2 at the start, 3 at the end"]);
  assert.deepEqual(said({ kernel: [1, 1], size: [3, 3], padding: [0, 0] }, "double"), ["rows and columns: 2 between"]);
});

test("a line that is not to be expected has its reason, and where there is none, it is said what to write", () => {
  for (const { state } of possible) {
    const both = solved(state);
    const [torch, keras] = [torchLine(state, both), kerasLine(state, both)];
    assert.ok(torch.line);
    assert.equal(torchNote(state, torch.why, say) !== "", Boolean(torch.why));
    assert.equal(kerasNote(both, keras.why, say) !== "", Boolean(keras.why));
    assert.equal(/^None: .*(gives the same size|Take less)/.test(kerasNote(both, keras.why, say)), !keras.line, JSON.stringify(state));
  }
});

test("lines are short where the libraries agree", () => {
  const lines = (changes, name) => [torchLine, kerasLine].map((line) => line(named(changes, name), solved(named(changes, name))).line);
  assert.deepEqual(lines({}, "keep"), ['nn.Conv2d(64, 64, kernel_size=3, padding="same")', 'keras.layers.Conv2D(64, 3, padding="same")']);
  assert.deepEqual(lines({}, "pool"), ["nn.MaxPool2d(kernel_size=2)", "keras.layers.MaxPooling2D(2)"]);
  assert.deepEqual(lines({ stride: [1, 1] }, "pool"), ["nn.MaxPool2d(kernel_size=2, stride=1)", "keras.layers.MaxPooling2D(2, strides=1)"]);
  assert.deepEqual(lines({}, "double"), [
    "nn.ConvTranspose2d(64, 32, kernel_size=4, stride=2, padding=1)",
    'keras.layers.Conv2DTranspose(32, 4, strides=2, padding="same")',
  ]);
});

test("a field takes one number, or rows and columns written in several ways", () => {
  const size = (text) => read(settings, "size", text);
  for (const text of ["3 × 5", "3x5", "3*5", "3, 5", "3 5", " 3 X 5 ", "(3, 5)"]) assert.deepEqual(size(text), [3, 5], text);
  assert.deepEqual(size("224"), [224, 224]);
  assert.equal(read(settings, "channels", "64"), 64);
  assert.equal(read(settings, "padding", " Same "), "same");
  assert.deepEqual(read(settings, "padding", "0"), [0, 0]);
});

test("a field takes nothing else", () => {
  for (const text of ["", "×", "3 ×", "3 × 5 × 7", "0", "-3", "3.5", "1e3", "١", "same", "10000", "1,024", "03", "3 × 0", "(3", "nan"]) {
    assert.equal(read(settings, "size", text), null, text);
  }
  for (const text of ["3 × 3", "0", ""]) assert.equal(read(settings, "channels", text), null, text);
  for (const text of ["sam", "100", "same × 1"]) assert.equal(read(settings, "padding", text), null, text);
});

test("a field shows what it would read again", () => {
  for (const { state } of drawn) {
    for (const key of ["size", "kernel", "padding", "filters"]) assert.deepEqual(read(settings, key, written(state[key])), state[key]);
  }
});

test("a shared address tells the same state to everyone", () => {
  for (const { state } of drawn) assert.deepEqual(decoded(settings, encoded(state)), state);
  assert.equal(encoded(named({ size: [3, 5] })), "convolution_1_3_64_3x5_3_2_1_1_0_0");
});

test("an address that tells no state of ours is refused", () => {
  const sound = encoded(named({}));
  assert.ok(decoded(settings, sound));
  const broken = [
    "",
    "nonsense",
    sound.replace("convolution", "deconvolution"),
    sound.replace("224", "0"),
    sound.replace("224", "99999"),
    sound.replace("224", "224x224"),
    sound.replace("224", "224,225"),
    sound.replace("224", ""),
    sound.replace("_64_", "_3x5_"),
    sound.replace("_64_", "_064_"),
    sound.slice(0, -2),
    `${sound}_0`,
    `${sound.slice(0, -1)}2`,
    sound.replace(/1_1_0_0$/, "SAME_1_0_0"),
  ];
  for (const text of broken) assert.equal(decoded(settings, text), null, text);
});

test("a figure begins as Python draws it", () => {
  for (const { attributes, sizes, formulas } of starts) {
    const both = solved(firstState(settings, attributes));
    assert.deepEqual(both.map(({ o }) => o), sizes, JSON.stringify(attributes));
    assert.deepEqual(both.map((axis) => plain(sizeFormula(axis))), formulas);
  }
});

test("every line is written down, for Python to run it", () => {
  const lines = possible.map(({ state }) => {
    const both = solved(state);
    return { state, torch: torchLine(state, both).line, keras: kerasLine(state, both).line ?? null };
  });
  writeFileSync(process.env.LINES, JSON.stringify(lines));
});
