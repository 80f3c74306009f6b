/** Starts a training from the model of another. @module */

import { DataError } from "../../errors.ts";
import type { TrainedModel } from "./model_batch.ts";
import { readModelFile } from "./model_file.ts";

/**
 * A model like `wanted`, with the parameters of a file and the normalisation for which they were
 * found: the first prediction is that of the file.
 *
 * @throws {DataError} If the file is damaged, or its network or its fields are others.
 */
export async function warmStart(
  path: string,
  wanted: Omit<TrainedModel, "parameters" | "normalisation">,
): Promise<TrainedModel> {
  const { model } = await readModelFile(path);
  const [there, here] = [model, wanted].map(({ config, inputNames, targetNames, units }) =>
    Object.entries({ ...config, inputNames, targetNames, units })
  ).map((entries) =>
    new Map<string, string>(entries.map(([name, value]) => [name, JSON.stringify(value)]))
  );
  for (const name of new Set([...here.keys(), ...there.keys()])) {
    if (here.get(name) === there.get(name)) continue;
    throw new DataError(
      `Cannot start from "${path}" as its ${name} must be that of the training, ` +
        `${here.get(name) ?? "none"}: ` +
        `it is ${there.get(name) ?? "none"}; train the same network on the same fields`,
    );
  }
  return { ...wanted, parameters: model.parameters, normalisation: model.normalisation };
}
