// What every live page needs: making elements, minus signs, and telling screen readers.
const SVG = "http://www.w3.org/2000/svg";

/** Make an element: h("button", { type: "button", onclick }, "Play"); "svg:path" for SVG. */
export function h(name, properties = {}, ...children) {
  const drawn = name.startsWith("svg:");
  const element = drawn ? document.createElementNS(SVG, name.slice(4)) : document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

/** A number as print sets it: with a minus sign, not a hyphen. */
export const printed = (number) => String(number).replace("-", "−");

/** The reader's words: English is the key, {name} in it is a value. */
export const speaker = (words) => (message, values = {}) =>
  (words[message] ?? message).replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
