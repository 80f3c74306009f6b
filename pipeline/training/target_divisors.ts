/**
 * Divisors of targets before their z-scores: products of powers of inputs, such as the inlet speed
 * for a velocity and its square for a kinematic pressure. Flows that differ only in their speed are
 * then one flow to the network, and an unseen speed needs no extrapolation.
 *
 * @module
 */

import { z } from "zod";
import { DataError, didYouMean, UserError } from "../../errors.ts";
import { fieldOf } from "../batches/field_names.ts";

/** The option with the divisors, by target and input. */
export const divisors = z.record(z.string(), z.record(z.string(), z.number().positive().max(100)))
  .describe(
    "Powers of inputs by which targets are divided before normalisation, such as " +
      "`{ velocity: { inletSpeed: 1 }, pressure: { inletSpeed: 2 } }`; targets and inputs are " +
      "fields or single components, and a field of several components counts by its magnitude.",
  );

/** Value of {@linkcode divisors}. */
export type Divisors = z.infer<typeof divisors>;

/**
 * The power `[O, I]` of every input in the divisor of every target, row by row; empty if no target
 * has a divisor.
 *
 * @param dimensions Number of coordinates, which are the first inputs; an input field of the same
 *   name is meant before a coordinate.
 * @throws {UserError} If a name is not a target or an input, or components of one field have
 * different powers.
 */
export function targetPowers(
  divisors: Divisors,
  inputNames: readonly string[],
  targetNames: readonly string[],
  dimensions = 0,
): Float64Array {
  const named = Object.entries(divisors);
  const width = inputNames.length;
  if (named.length === 0) return new Float64Array(0);
  const powers = new Float64Array(targetNames.length * width);
  for (const [target, factors] of named) {
    const rows = columnsNamed(target, targetNames);
    if (rows.length === 0) throw unknown("target", target, targetNames);
    for (const [input, power] of Object.entries(factors)) {
      const all = columnsNamed(input, inputNames);
      const fields = all.filter((column) => column >= dimensions);
      const columns = fields.length > 0 ? fields : all;
      if (columns.length === 0) throw unknown("input", input, inputNames);
      for (const row of rows) for (const column of columns) powers[row * width + column] = power;
    }
    const row = powers.subarray(rows[0] * width);
    for (const { field, columns, power } of factorsOf(row, inputNames)) {
      if (columns.every((column) => row[column] === power)) continue;
      throw new UserError(
        `Cannot divide ${target} by components of "${field}": they must have one power, that of ` +
          "its magnitude",
      );
    }
  }
  return powers;
}

/**
 * Divisor of every target `[rows, O]`, in float64; undefined where targets have none.
 *
 * @param input Inputs in physical units `[rows or more, I]`.
 * @param rows Number of rows to compute.
 * @param powers Powers `[O, I]`, or empty.
 */
export function targetDivisors(
  input: ArrayLike<number>,
  rows: number,
  powers: Float64Array,
  inputNames: readonly string[],
): Float64Array | undefined {
  if (powers.length === 0) return undefined;
  const width = inputNames.length;
  const outputs = powers.length / width;
  const result = new Float64Array(rows * outputs).fill(1);
  for (let target = 0; target < outputs; target++) {
    for (const { columns, power } of factorsOf(powers.subarray(target * width), inputNames)) {
      for (let row = 0; row < rows; row++) {
        const magnitude = Math.hypot(...columns.map((column) => input[row * width + column]));
        result[row * outputs + target] *= magnitude ** power;
      }
    }
  }
  return result;
}

/** A field in a divisor, or some of its components. */
interface Factor {
  readonly field: string;
  readonly columns: readonly number[];
  /** Power of the magnitude. */
  readonly power: number;
}

/** The factors of the divisor of one target, from its row of powers. */
function factorsOf(powers: Float64Array, inputNames: readonly string[]): readonly Factor[] {
  return [...new Set(inputNames.map(fieldOf))].flatMap((field) => {
    const columns = columnsNamed(field, inputNames).filter((column) => powers[column] > 0);
    return columns.length === 0 ? [] : [{ field, columns, power: powers[columns[0]] }];
  });
}

/** The columns of a field, or of a single component. */
function columnsNamed(name: string, names: readonly string[]): readonly number[] {
  return names.flatMap((column, k) => column === name || fieldOf(column) === name ? [k] : []);
}

/** The divisors as text, such as "pressure / inletSpeed^2"; empty without divisors. */
export function divisorsText(
  powers: Float64Array,
  inputNames: readonly string[],
  targetNames: readonly string[],
): string {
  const texts = targetNames.flatMap((target, row) => {
    const factors = factorsOf(powers.subarray(row * inputNames.length), inputNames).map(
      ({ field, columns, power }) => {
        const name = columns.length === 1 ? inputNames[columns[0]] : `|${field}|`;
        return power === 1 ? name : `${name}^${power}`;
      },
    );
    return factors.length === 0 ? [] : [`${target} / ${factors.join(" / ")}`];
  });
  return texts.join(", ");
}

/**
 * Checks the divisors of a mesh `[rows, O]`.
 *
 * @throws {DataError} If a divisor is not positive and finite.
 */
export function checkDivisors(
  divisors: Float64Array,
  { id, targetNames }: { readonly id: string; readonly targetNames: readonly string[] },
): void {
  const bad = divisors.findIndex((divisor) => !(divisor > 0 && divisor < Infinity));
  if (bad < 0) return;
  const node = Math.floor(bad / targetNames.length);
  const target = targetNames[bad % targetNames.length];
  throw new DataError(
    `Cannot divide ${target} of sample "${id}" by its divisor: it must be > 0 and finite, it is ` +
      `${divisors[bad]} at node ${node}; leave out the divisor or the sample`,
  );
}

function unknown(role: string, name: string, columns: readonly string[]): UserError {
  const known = [...new Set(columns.map(fieldOf))];
  return new UserError(
    `Cannot divide targets with ${role} "${name}": the meshes have no ${role} of that name, ` +
      didYouMean(name, known),
  );
}
