/**
 * What targets are divided by before their z-scores are taken: products of powers of inputs, such as the inlet speed for a
 * velocity and its square for a kinematic pressure. Flows that differ in their speed alone are one flow to the network then,
 * and a speed that it never saw needs no extrapolation.
 *
 * @module
 */

import { z } from "zod";
import { DataError, didYouMean, UserError } from "../../errors.ts";

/** Powers of inputs by target, each named as a field or as one component: `{ pressure: { inletSpeed: 2 } }`. */
export const divisors = z.record(z.string(), z.record(z.string(), z.number().positive().max(100)));

/** Value of {@linkcode divisors}. */
export type Divisors = z.infer<typeof divisors>;

/**
 * The powers `[O, I]` of every input in the divisor of every target, row by row; empty if no target has a divisor.
 *
 * @throws {UserError} If a name is none of the targets, or none of the inputs.
 */
export function targetPowers(
  divisors: Divisors,
  inputNames: readonly string[],
  targetNames: readonly string[],
): Float64Array {
  const named = Object.entries(divisors);
  if (named.length === 0) return new Float64Array(0);
  const powers = new Float64Array(targetNames.length * inputNames.length);
  for (const [target, factors] of named) {
    const rows = targetNames.flatMap((name, row) => name === target || fieldOf(name) === target ? [row] : []);
    if (rows.length === 0) throw unknown("target", target, [...new Set(targetNames.map(fieldOf))]);
    for (const [input, power] of Object.entries(factors)) {
      const column = inputNames.indexOf(input);
      if (column < 0) throw unknown("input", input, inputNames);
      for (const row of rows) powers[row * inputNames.length + column] = power;
    }
  }
  return powers;
}

/**
 * Divisor of every target `[rows, O]`, in float64; undefined where targets have none.
 *
 * @param input In physical units `[rows or more, I]`
 * @param rows How many of them
 * @param powers `[O, I]`, or empty
 * @param outputs O
 */
export function targetDivisors(
  input: Float32Array,
  rows: number,
  powers: Float64Array,
  outputs: number,
): Float64Array | undefined {
  if (powers.length === 0) return undefined;
  const inputs = powers.length / outputs;
  const result = new Float64Array(rows * outputs).fill(1);
  for (let target = 0; target < outputs; target++) {
    for (let column = 0; column < inputs; column++) {
      const power = powers[target * inputs + column];
      if (power === 0) continue;
      for (let row = 0; row < rows; row++) {
        result[row * outputs + target] *= Math.abs(input[row * inputs + column]) ** power;
      }
    }
  }
  return result;
}

/** The divisors as text, such as "pressure / inletSpeed^2"; empty where no target has one. */
export function divisorsText(
  powers: Float64Array,
  inputNames: readonly string[],
  targetNames: readonly string[],
): string {
  const texts = targetNames.flatMap((target, row) => {
    const factors = inputNames.flatMap((input, column) => {
      const power = powers[row * inputNames.length + column] ?? 0;
      return power === 0 ? [] : [power === 1 ? input : `${input}^${power}`];
    });
    return factors.length === 0 ? [] : [`${target} / ${factors.join(" / ")}`];
  });
  return texts.join(", ");
}

/** Throws a `DataError` unless every divisor of a mesh can be divided by. */
export function checkDivisors(
  divisors: Float64Array,
  { id, targetNames }: { readonly id: string; readonly targetNames: readonly string[] },
): void {
  const bad = divisors.findIndex((divisor) => !(divisor > 0 && divisor < Infinity));
  if (bad < 0) return;
  const node = Math.floor(bad / targetNames.length), target = targetNames[bad % targetNames.length];
  throw new DataError(
    `Cannot divide ${target} of sample "${id}" by its divisor as that must be > 0 and finite: it is ` +
      `${divisors[bad]} at node ${node}; leave out the divisor or the sample`,
  );
}

function fieldOf(column: string): string {
  return column.split(".")[0];
}

function unknown(what: string, name: string, known: readonly string[]): UserError {
  return new UserError(
    `Cannot divide targets with ${what} "${name}" as the meshes must have it: no ${what} of that name, ${
      didYouMean(name, known)
    }`,
  );
}
