/**
 * OpenFOAM dictionaries as plain data, and their text.
 *
 * @module
 */

/** What an entry holds: a sub-dictionary, or a value that is written as it stands. */
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
 * const text = dictionaryText({ solvers: { p: { solver: "GAMG", relTol: 0.05 } }, consistent: true });
 * assert.equal(text, "solvers\n{\n    p\n    {\n        solver GAMG;\n        relTol 0.05;\n    }\n}\nconsistent yes;\n");
 * ```
 */
export function dictionaryText(dictionary: FoamDictionary, indent = ""): string {
  return Object.entries(dictionary).map(([keyword, value]) => {
    if (typeof value !== "object") {
      return `${indent}${keyword} ${typeof value === "boolean" ? yesNo(value) : value};\n`;
    }
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

/** A vector as OpenFOAM writes it. */
export function foamVector(vector: readonly number[] | Float64Array): string {
  return `(${vector.join(" ")})`;
}

/** A value that is the same everywhere. */
export function uniform(value: number | readonly number[]): string {
  return `uniform ${typeof value === "number" ? value : foamVector(value)}`;
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}
