/** Starts a training from a trained model. @module */

import { DataError } from "../../errors.ts";
import { readModelOrCheckpoint } from "./checkpoint_file.ts";
import type { TrainedModel } from "./model_batch.ts";

/**
 * The `current` model with parameters and normalisation of a file, so that the first prediction is
 * that of the file.
 *
 * @throws {DataError} If the file is damaged, or its network or fields differ.
 */
export async function warmStart(
  path: string,
  current: Omit<TrainedModel, "parameters" | "normalisation">,
): Promise<TrainedModel> {
  const { model } = await readModelOrCheckpoint(path);
  const expected = propertiesOf(current);
  const actual = propertiesOf(model);
  for (const name of new Set([...expected.keys(), ...actual.keys()])) {
    if (expected.get(name) === actual.get(name)) continue;
    throw new DataError(
      `Cannot start from "${path}": its ${name} must be that of the training, ` +
        `${expected.get(name) ?? "none"}, it is ${actual.get(name) ?? "none"}; train the same ` +
        "network on the same fields",
    );
  }
  return { ...current, parameters: model.parameters, normalisation: model.normalisation };
}

/** Network and fields of a model as JSON, by name. */
function propertiesOf(
  { config, dimensions, inputNames, targetNames, units }: Omit<
    TrainedModel,
    "parameters" | "normalisation"
  >,
): ReadonlyMap<string, string> {
  const properties = Object.entries({ ...config, dimensions, inputNames, targetNames, units });
  return new Map(properties.map(([name, value]) => [name, JSON.stringify(value)]));
}
