// What comes out, as it stands below the fields: formula, paddings compared, shapes and costs, lines of code.
import { h, printed } from "../dom.js";
import { kerasLine, torchLine } from "./code.js";
import { LETTERS, sameFormula, sizeFormula } from "./formula.js";
import { axes, counts, solve } from "./model.js";
import { kerasNote, neverRead, torchNote } from "./phrases.js";
import { written } from "./state.js";

const grouped = (number) => number.toLocaleString("en-US"); // as the book prints numbers in both editions
const joined = (numbers, sign) => numbers.flatMap((number, i) => (i ? [sign, h("wbr"), printed(number)] : [printed(number)]));
const shape = (numbers) => joined(numbers, "×");
const pair = ([down, across]) => (down === across ? printed(down) : `(${printed(down)}, ${printed(across)})`);

/** The output's rows and columns, in words of the page. */
export const outputSize = (both) => both.map(({ o }) => o).join(" × ");

const typeset = (pieces) =>
  pieces.map((it) => {
    if (!Array.isArray(it)) return it;
    const [text, role, letter] = it;
    const word = letter ? h("i", {}, text) : text;
    return role ? h("span", { class: `sz-${role}` }, word) : word;
  });

/** The formula with letters, then with the numbers of each axis, or once for both. */
export function formulas(state, both, _) {
  const line = (name, ...formula) => h("p", {}, h("span", { class: "sz-axis" }, name), h("span", {}, formula.flat()));
  const alike = Object.keys(LETTERS).every((letter) => both[0][letter] === both[1][letter]);
  const lines = alike ? [[_("rows and columns"), both[0]]] : [[_("rows"), both[0]], [_("columns"), both[1]]];
  const total = state.operation === "transposed" ? _("cut off in all") : _("padding in all");
  return [
    line([_("size"), " ", h("i", {}, "o")], typeset(sizeFormula(both[0], LETTERS))),
    ...lines.flatMap(([name, axis]) => [
      line(name, ...typeset(sizeFormula(axis)), " = ", h("b", { class: "sz-output" }, printed(axis.o))),
      ...(state.padding === "same" ? [line(total, sameFormula(axis))] : []),
    ]),
    ...(both.some(({ dropped }) => dropped) ? [h("p", { class: "sz-note" }, _("The last window would start behind the input, and is left out."))] : []),
  ];
}

/** The same layer with each padding: the reader's own numbers, and the two words. */
export function paddings(state, _) {
  const own = typeof state.padding === "string" ? [] : [[state.padding, "PyTorch"]];
  const row = ([padding, library]) => {
    const both = axes({ ...state, padding }).map(solve);
    const fits = both.every(({ refused }) => !refused);
    const cells = fits ? [pair(both.map(({ before }) => before)), pair(both.map(({ after }) => after)), outputSize(both)] : ["–", "–", _("none")];
    const name = h("th", { scope: "row" }, h("code", {}, written(padding)), " ", h("span", {}, library));
    return h("tr", { "aria-current": padding === state.padding && "true" }, name, ...cells.map((cell) => h("td", {}, cell)));
  };
  const cut = state.operation === "transposed";
  const heads = [_("Padding"), cut ? _("cut off before") : _("before"), cut ? _("cut off after") : _("after"), _("output")];
  return table(heads, [...own, ["same", "Keras"], ["valid", "Keras"]].map(row));
}

/** Shapes in both orders of the axes. */
export function shapes(state, both, _) {
  const { input, weights, output } = counts(state, both);
  const last = ([count, channels, ...sizes]) => [count, ...sizes, channels];
  const kernel = weights && [...weights.slice(2), weights[1], weights[0]];
  const rows = [[_("input"), input, last(input)], ...(weights ? [[_("weights"), weights, kernel]] : []), [_("output"), output, last(output)]];
  const cells = ([name, ...both]) => h("tr", {}, h("th", { scope: "row" }, name), both.map((numbers) => h("td", {}, shape(numbers))));
  return table([_("Shape"), "PyTorch, N C H W", "Keras, N H W C"], rows.map(cells));
}

const table = (heads, rows) =>
  h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows));

/** Parameters, multiply-adds, and what is never read. */
export function costs(state, both, _) {
  const { weights, parameters, multiplyAdds } = counts(state, both);
  const product = (numbers) => joined(numbers, "·");
  const places = state.operation === "transposed" ? state.size : both.map(({ o }) => o);
  const times = state.batch > 1 ? [...places, state.batch] : places;
  const lost = neverRead(both, _).join("; ");
  const entry = (name, ...value) => [h("dt", {}, name), h("dd", {}, value.flat())];
  const learned = weights
    ? [
        ...entry(_("Parameters"), h("b", {}, grouped(parameters)), " = ", product(weights), " + ", printed(state.filters)),
        ...entry(_("Multiply-adds"), h("b", {}, grouped(multiplyAdds)), " = ", product([...weights, ...times])),
      ]
    : entry(_("Parameters"), h("b", {}, "0"), " ", _("(pooling learns nothing)"));
  const name = state.operation === "transposed" ? _("Pixels that no copy reaches") : _("Pixels that no window reads");
  return h("dl", {}, learned, entry(name, lost || _("none")));
}

/** The two lines, each with a button that copies it. */
export function code(state, both, _) {
  const [torch, keras] = [torchLine(state, both), kerasLine(state, both)];
  const block = (library, line, note) => {
    const shown = line ? h("code", { translate: "no" }, line) : null;
    const copy = shown ? copier(shown, library, _) : null;
    return h("div", { class: "sz-line" }, h("b", {}, library), copy, shown, note ? h("p", { class: "sz-note" }, note) : null);
  };
  return [block("PyTorch", torch.line, torchNote(state, torch.why, _)), block("Keras", keras.line, kerasNote(both, keras.why, _))];
}

/** Where a browser gives no clipboard, the line is marked, for the reader to copy. */
function copier(shown, library, _) {
  const button = h("button", { type: "button", class: "live-button", "aria-label": _("Copy: {library}", { library }) }, _("Copy"));
  const said = h("span", { class: "live-said", role: "status" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(shown.textContent);
    } catch {
      getSelection().selectAllChildren(shown);
      return;
    }
    button.textContent = said.textContent = _("Copied");
    setTimeout(() => {
      button.textContent = _("Copy");
      said.textContent = "";
    }, 2000);
  });
  return h("span", {}, button, said);
}
