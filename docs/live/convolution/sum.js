// The sum of products, written out in the kernel's own rows and columns, and as one line to be read aloud.
import { h, printed } from "../dom.js";

const bracketed = (number) => (number < 0 ? `(${printed(number)})` : printed(number));

export const spokenSum = (taps) => taps.map(({ number, weight }) => `${bracketed(number)}·${bracketed(weight)}`).join(" + ");

export function drawSum(element, taps, columns, total) {
  const terms = taps.map(({ number, weight }, index) =>
    h(
      "span",
      { class: "cv-term" },
      h("span", { class: "cv-plus" }, index ? "+" : ""),
      h("span", { class: "cv-input" }, bracketed(number)),
      "·",
      h("span", { class: "cv-kernel" }, bracketed(weight)),
    ),
  );
  element.style.setProperty("--terms", columns);
  element.replaceChildren(h("div", { class: "cv-terms" }, terms), h("span", { class: "cv-total" }, "= ", h("b", {}, total)));
}
