/**
 * Units of the dimensions of OpenFOAM.
 *
 * @module
 */

import type { ParsedValue } from "./foam_file_parser.ts";

/** Base units of the exponents, in OpenFOAM's order. */
const BASE = ["kg", "m", "s", "K", "mol", "A", "cd"];

/** Units with a name, by their exponents. */
const NAMED: Readonly<Record<string, string>> = {
  "1 -1 -2 0 0 0 0": "Pa",
  "1 1 -2 0 0 0 0": "N",
  "1 2 -2 0 0 0 0": "J",
  "1 2 -3 0 0 0 0": "W",
};

/**
 * The unit of exponents such as `[0 1 -1 0 0 0 0]`; undefined if they are no exponents.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(unitOfDimensions("[0 2 -2 0 0 0 0]"), "m2/s2");
 * assert.equal(unitOfDimensions("[1 -3 0 0 0 0 0]"), "kg/m3");
 * assert.equal(unitOfDimensions("[0 0 0 0 0 0 0]"), "");
 * ```
 */
export function unitOfDimensions(dimensions: ParsedValue | undefined): string | undefined {
  const inside = typeof dimensions === "string"
    ? /^\[([^\]]*)\]$/.exec(dimensions)?.[1]
    : undefined;
  if (inside === undefined) return undefined;
  const words = inside.trim().split(/\s+/).filter((word) => word !== "");
  const exponents = words.map(Number);
  // Newer versions also write the unit itself.
  if (exponents.some(Number.isNaN)) return inside.trim();
  while (exponents.length < BASE.length) exponents.push(0);
  const named = NAMED[exponents.join(" ")];
  if (named !== undefined) return named;
  const product = (sign: number) =>
    exponents.map((exponent, i) => exponent * sign > 0 ? powerOf(BASE[i], exponent * sign) : "")
      .filter((text) => text !== "");
  const [above, below] = [product(1), product(-1)];
  if (below.length === 0) return above.join(" ");
  const divisor = below.length === 1 ? below[0] : `(${below.join(" ")})`;
  return `${above.length === 0 ? "1" : above.join(" ")}/${divisor}`;
}

function powerOf(unit: string, exponent: number): string {
  return exponent === 1 ? unit : `${unit}${exponent}`;
}
