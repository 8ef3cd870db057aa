// The engine against what tests/live/test_engine.py computes with torch and cnnbook.summary, and against broken files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Broken, half, read } from "../../docs/live/engine/file.js";
import { fields, MOST, multiplyAdds, parameters, run, shapes, steps } from "../../docs/live/engine/network.js";

const { witnesses } = JSON.parse(readFileSync(process.env.FIXTURES));
const buffer = (file) => new Uint8Array(Buffer.from(file, "base64")).buffer;
const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);
const cases = witnesses.flatMap(({ network, file, answers }) => answers.map((answer) => ({ network, model: read(buffer(file)), ...answer })));

test("numbers are torch's, at the size of the export and at another", () => {
  for (const { network, model, size, image, shape, output } of cases) {
    const values = run(model, { shape: [model.input[0], ...size], data: Float32Array.from(image) });
    const found = values[model.output];
    assert.deepEqual(found.shape, shape, network);
    // Both compute in 32 bits, and add in another order.
    found.data.forEach((value, place) => assert.ok(Math.abs(value - output[place]) <= 1e-4 * (1 + Math.abs(output[place])), `${value} ${output[place]} ${network}`));
  }
});

test("costs are the summary's", () => {
  for (const { network, model, size, multiply_adds: products, parameters: learned } of cases) {
    const { shapes: found } = shapes(model, size);
    assert.equal(sum(model.nodes.slice(1).map((node, place) => multiplyAdds(node, found[node.inputs[0]], found[place + 1]))), products, network);
    assert.equal(sum(model.nodes.map(parameters)), learned, network);
  }
});

test("receptive fields are the summary's, wherever both give one", () => {
  let compared = 0;
  for (const { network, model, size, fields: expected } of cases) {
    const found = fields(model, shapes(model, size).shapes)[model.output];
    for (const [axis, field] of found.entries()) {
      if (typeof field === "string" || !expected[axis]) continue;
      assert.deepEqual([field.size, field.jump, field.offset], expected[axis], network);
      compared += 1;
    }
  }
  assert.ok(compared >= 10, String(compared));
});

test("sixteen bits are read as IEEE 754 has them", () => {
  assert.deepEqual([0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00].map(half), [1, -2, 2 ** -24, 65504, -Infinity]);
  assert.ok(Number.isNaN(half(0x7e00)));
});

/** A file of this header. */
function file(header, numbers = new Uint8Array()) {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + numbers.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(numbers, 8 + text.length);
  return bytes.buffer;
}

const input = { name: "input", op: "input", inputs: [] };
const graph = (nodes, more = {}) => ({ __metadata__: { graph: JSON.stringify({ version: 1, input: [1, 4, 4], nodes, output: nodes.length - 1 }) }, ...more });
const conv = { name: "c", op: "conv", inputs: [0], weight: "c.weight", stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 };
const pool = { name: "p", op: "maxpool", inputs: [0], kernel: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1], ceil: false };
const weight = { dtype: "F32", shape: [1, 1, 1, 1], data_offsets: [0, 4] };

/** A file's header with examples of this shape. */
function exampled(shape) {
  const text = JSON.stringify({ version: 1, input: [1, 4, 4], nodes: [input], output: 0, examples: "examples", classes: ["cat"] });
  const bytes = 2 * shape.reduce((product, n) => product * n, 1);
  return { __metadata__: { graph: text }, examples: { dtype: "F16", shape, data_offsets: [0, bytes] } };
}

test("examples come one by one, with the names of the classes", () => {
  const numbers = new Uint8Array(Uint16Array.from([0x3c00, 0xc000, 0, 0x3c00]).buffer);
  const { examples, classes } = read(file(exampled([2, 1, 1, 2]), numbers));
  assert.deepEqual(examples.map(({ shape, data }) => [shape, [...data]]), [[[1, 1, 2], [1, -2]], [[1, 1, 2], [0, 1]]]);
  assert.deepEqual(classes, ["cat"]);
});

test("a broken file is refused with what is wrong in it", () => {
  const wrong = [
    [new ArrayBuffer(3), "short", { bytes: 3 }],
    [file(graph([input])).slice(0, 20), "short", { bytes: 20 }],
    [file("not JSON"), "header", {}],
    [file({}), "graph", {}],
    [file({ __metadata__: { graph: "{" } }), "graph", {}],
    [file({ __metadata__: { graph: '{"version":2}' } }), "version", { version: 2 }],
    [file(graph([input, { name: "a", op: "fold", inputs: [0] }])), "operator", { name: "a", op: "fold" }],
    [file(graph([input, { name: "a", op: "toString", inputs: [0] }])), "operator", { name: "a", op: "toString" }],
    [file(graph([input, { name: "a", op: "relu", inputs: [1] }])), "node", { place: 1 }],
    [file(graph([input, { name: "a", op: "add", inputs: [0] }])), "node", { place: 1 }],
    [file(graph([input, conv])), "weight", { name: "c", weight: "c.weight" }],
    [file(graph([input, conv], { "c.weight": weight })), "cut", { name: "c.weight" }],
    [file(graph([input, conv], { "c.weight": { ...weight, dtype: "BF16" } })), "type", { name: "c.weight", dtype: "BF16" }],
    [file(graph([input, conv], { "c.weight": { ...weight, shape: [2] } })), "tensor", { name: "c.weight" }],
    [file(exampled([2, 1, 4]), new Uint8Array(16)), "examples", { examples: "2×1×4" }],
    [file(exampled([1, 3, 4, 4]), new Uint8Array(96)), "examples", { examples: "1×3×4×4" }],
    [file(graph([input, { ...conv, stride: [0, 1] }], { "c.weight": weight }), new Uint8Array(4)), "setting", { name: "c", setting: "stride", value: [0, 1] }],
    [file(graph([input, { ...conv, padding: [65536, 0] }], { "c.weight": weight }), new Uint8Array(4)), "setting", { name: "c", setting: "padding", value: [65536, 0] }],
    [file(graph([input, { ...conv, groups: 0 }], { "c.weight": weight }), new Uint8Array(4)), "setting", { name: "c", setting: "groups", value: 0 }],
    [file(graph([input, conv], { "c.weight": { ...weight, shape: [0, 1, 1, 1], data_offsets: [0, 0] } })), "weight", { name: "c", weight: "c.weight" }],
    [file(graph([input, { ...pool, padding: [2, 0] }])), "padding", { name: "p", padding: [2, 0], kernel: [3, 3] }],
    [file(graph([input, { ...conv, op: "transposed", output_padding: [0, 1] }], { "c.weight": weight }), new Uint8Array(4)), "more", { name: "c", more: [0, 1], stride: [1, 1], dilation: [1, 1] }],
    [file(graph([input], { a: weight, b: weight }), new Uint8Array(4)), "tensor", { name: "b" }],
    [file(graph(Array.from({ length: 4097 }, (_n, place) => (place ? { name: "r", op: "relu", inputs: [0] } : input)))), "nodes", { count: 4097 }],
    [file({ __metadata__: { graph: JSON.stringify({ version: 1, input: [1, 1e9, 1e9], nodes: [input], output: 0 }) } }), "input", { size: [1, 1e9, 1e9] }],
  ];
  for (const [broken, why, values] of wrong) {
    assert.throws(() => read(broken), (error) => error instanceof Broken && (assert.deepEqual([error.why, error.values], [why, values]), true), why);
  }
});

test("a size at which a layer cannot be names the layer", () => {
  const large = { ...conv, weight: "w" };
  const model = read(file(graph([input, large], { w: { dtype: "F32", shape: [1, 1, 3, 3], data_offsets: [0, 36] } }), new Uint8Array(36)));
  const { place, why, of } = shapes(model, [2, 5]).refusal;
  assert.deepEqual([place, why, of], [1, "fit", [[1, 2, 5]]]);
  assert.deepEqual(shapes(model, [3, 5]).shapes[1], [1, 1, 3]);
});

test("a layer that would need more than a browser has is refused before anything is computed", () => {
  const one = { shape: [1, 1, 1, 1], data: Float32Array.of(1) };
  const large = [
    [{ ...conv, weight: one, padding: [65535, 65535] }, "numbers"],
    [{ name: "a", op: "adaptive", inputs: [0], size: [65535, 65535] }, "numbers"],
    [{ ...conv, op: "transposed", weight: one, stride: [65535, 65535], output_padding: [0, 0] }, "numbers"],
    [{ ...pool, kernel: [512, 512], padding: [256, 256] }, "steps"],
  ];
  for (const [node, why] of large) {
    const model = { input: [9, 512, 512], nodes: [input, { ...node, weight: node.weight && { ...one, shape: [1, 9, 1, 1] } }], output: 1 };
    if (node.op === "transposed") model.nodes[1].weight.shape = [9, 1, 1, 1];
    const { shapes: found, refusal } = shapes(model);
    assert.deepEqual([found.length, refusal.place, refusal.why], [1, 1, why]);
    assert.ok(refusal.needs[why] > MOST[why]);
  }
});

test("many layers that are each small enough are not so together", () => {
  const joined = Array.from({ length: 40 }, (_n, place) => ({ name: `c${place}`, op: "cat", inputs: [place, place] }));
  const { shapes: found, refusal } = shapes({ input: [1, 4, 4], nodes: [input, ...joined], output: 40 });
  assert.equal(refusal.why, "numbers"); // 16 + 32 + 64 + … : twice as many each time
  assert.equal(refusal.place, Math.log2(MOST.numbers / 16));
  assert.equal(found.length, refusal.place);
});

test("a window counts the pixels that it sees, not its padding", () => {
  assert.equal(steps({ ...pool, kernel: [9, 9] }, [2, 4, 5], [2, 3, 3]), 2 * 9 * 4 * 5);
  assert.equal(steps(pool, [2, 4, 5], [2, 2, 3]), 2 * 6 * 9);
  assert.equal(steps({ op: "relu" }, [2, 4, 5], [2, 4, 5]), 40);
  assert.equal(steps({ op: "linear", weight: { shape: [3, 7] } }, [7], [3]), 21 + 3);
});

test("a field that is too large to be exact is not given", () => {
  const far = Array.from({ length: 9 }, (_n, place) => ({ ...pool, inputs: [place], kernel: [1, 1], stride: [65535, 1], dilation: [1, 1] }));
  const model = { input: [1, 4, 4], nodes: [input, ...far], output: 9 };
  const found = fields(model, shapes(model).shapes);
  assert.deepEqual(found[1][0], { size: 1, jump: 65535, offset: 0 });
  assert.deepEqual(found[9], ["?", { size: 1, jump: 1, offset: 0 }]);
});

test("a setting that no operator of its kind has is left out", () => {
  const { nodes: [, relu] } = read(file(graph([input, { name: "r", op: "relu", inputs: [0], kernel: 5, stride: "x", weight: null }])));
  assert.deepEqual(relu, { name: "r", op: "relu", inputs: [0] });
});

test("a window as large as a picture is read whole", () => {
  const whole = { ...pool, kernel: [400, 400] };
  const data = Float32Array.from({ length: 160000 }, (_n, place) => place % 977);
  const values = run({ input: [1, 400, 400], nodes: [input, whole], output: 1 }, { shape: [1, 400, 400], data });
  assert.deepEqual([...values[1].data], [976]);
});

test("nothing is said of what a place of a flattened map sees", () => {
  const model = { input: [1, 4, 4], nodes: [input, { name: "f", op: "flatten", inputs: [0] }], output: 1 };
  assert.deepEqual(fields(model, shapes(model).shapes)[1], ["?", "?"]);
});
