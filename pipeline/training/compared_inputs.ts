/**
 * The meshes from which the baselines of a report learn.
 *
 * @module
 */

import { DataError } from "../../errors.ts";

/**
 * Checks that the training meshes, from which the baselines learn, have the inputs of the model.
 *
 * @throws {DataError} If they do not.
 */
export function checkComparedInputs(meshes: readonly string[], model: readonly string[]): void {
  if (meshes.join() === model.join()) return;
  throw new DataError(
    `Cannot evaluate: training meshes must have the inputs of the model, ${model.join(", ")}, ` +
      `received ${meshes.join(", ")}; connect the stage whose meshes it was trained on`,
  );
}
