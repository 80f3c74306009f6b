/**
 * OpenFOAM dictionaries as plain data, and their text.
 *
 * @module
 */

/** Value of an entry: a sub-dictionary, or a value that is written unchanged. */
export type FoamValue = string | number | boolean | FoamDictionary;

/** Entries by keyword, in order. */
export interface FoamDictionary {
  readonly [keyword: string]: FoamValue;
}

/** Seven exponents: kilogram, metre, second, kelvin, mole, ampere, candela. */
export type FoamDimensions =
  | "[0 1 -1 0 0 0 0]"
  | "[0 2 -2 0 0 0 0]"
  | "[0 2 -1 0 0 0 0]"
  | "[0 0 -1 0 0 0 0]"
  | "[0 2 -3 0 0 0 0]";

/**
 * The text of a dictionary, without a header.
 *
 * @example
 * ```ts
 * import { dictionaryText } from "./dictionary.ts";
 * import assert from "node:assert/strict";
 *
 * const text = dictionaryText({ p: { solver: "GAMG", relTol: 0.05 }, consistent: true });
 * assert.equal(text, "p\n{\n    solver GAMG;\n    relTol 0.05;\n}\nconsistent yes;\n");
 * ```
 */
export function dictionaryText(dictionary: FoamDictionary, indent = ""): string {
  return Object.entries(dictionary).map(([keyword, value]) => {
    if (typeof value === "boolean") return `${indent}${keyword} ${value ? "yes" : "no"};\n`;
    if (typeof value !== "object") return `${indent}${keyword} ${value};\n`;
    return `${indent}${keyword}\n${indent}{\n${dictionaryText(value, `${indent}    `)}${indent}}\n`;
  }).join("");
}

/** The header of an OpenFOAM file in plain text. */
export function foamHeader(className: string, location: string, object: string): string {
  const entries = {
    version: "2.0",
    format: "ascii",
    class: className,
    location: `"${location}"`,
    object,
  };
  return `${dictionaryText({ FoamFile: entries })}\n`;
}

/** A vector in the notation of OpenFOAM. */
export function foamVector(vector: readonly number[] | Float64Array): string {
  return `(${vector.join(" ")})`;
}

/** A uniform value in the notation of OpenFOAM. */
export function uniform(value: number | readonly number[]): string {
  return `uniform ${typeof value === "number" ? value : foamVector(value)}`;
}
