/**
 * Weights of the fields in the loss. A weight w multiplies the squared errors of a field: its
 * targets are scaled by its standard deviation divided by √w, which is all that is needed, on any
 * number of ranks, in the gradient loss too.
 *
 * @module
 */

import { z } from "zod";
import { didYouMean, UserError } from "../../errors.ts";
import { fieldOf } from "../batches/field_names.ts";
import type { Normalisation } from "./normalisation.ts";

/** The option with the weights, by field or component. */
export const fieldWeights = z.record(z.string(), z.number().positive().max(1e6));

/**
 * The normalisation with which the mean squared error of its targets is weighted.
 *
 * @param weights By target field or component; 1 for the others.
 * @throws {UserError} If a name is not a target.
 */
export function weightedTargets(
  normalisation: Normalisation,
  weights: Readonly<Record<string, number>> | undefined,
  targetNames: readonly string[],
): Normalisation {
  const named = Object.entries(weights ?? {});
  if (named.length === 0) return normalisation;
  const targetScale = normalisation.targetScale.slice();
  for (const [name, weight] of named) {
    const columns = targetNames.flatMap((target, column) =>
      target === name || fieldOf(target) === name ? [column] : []
    );
    if (columns.length === 0) {
      const fields = [...new Set(targetNames.map(fieldOf))];
      throw new UserError(
        `Cannot weight "${name}" in the loss: it must be a target, ` +
          didYouMean(name, fields),
      );
    }
    for (const column of columns) {
      targetScale[column] = normalisation.targetScale[column] / Math.sqrt(weight);
    }
  }
  return { ...normalisation, targetScale };
}
