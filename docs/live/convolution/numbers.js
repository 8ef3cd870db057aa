// How the playground writes numbers.
import { printed } from "../dom.js";

/** A number with a minus sign, two decimals at most, and ∞ where there is no end. */
export const shown = (number) => (Number.isFinite(number) ? printed(Math.round(number * 100) / 100) : number < 0 ? "−∞" : "∞");

/** A number within a sum or a product. */
export const bracketed = (number) => (number < 0 ? `(${shown(number)})` : shown(number));

/** Numbers with plus signs between them. */
export const added = (numbers) => numbers.map((number, at) => (at ? bracketed(number) : shown(number))).join(" + ");

/** Whether two decimals tell all of a number. */
export const exact = (number) => Math.abs(number * 100 - Math.round(number * 100)) < 1e-9;
