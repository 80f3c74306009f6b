/**
 * Generates the missing data set of a preset, with progress.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Preset, PresetChoice } from "../../pipeline/presets/preset.ts";
import { interruptSignal } from "../command/command_line.ts";
import { existingPath } from "../command/paths.ts";
import { startProgress } from "../progress/progress.ts";

/**
 * Generates the data set of a preset if it is missing.
 *
 * @throws {DataError} If the data set is missing and is not the one of the preset.
 */
export async function prepareStore(preset: Preset, choice: PresetChoice): Promise<void> {
  const isOfPreset = resolve(choice.store) === resolve(preset.defaults.store);
  if (!isOfPreset) existingPath(choice.store);
  let progress: ReturnType<typeof startProgress> | undefined;
  try {
    await preset.prepare(choice, {
      onProgress(done, total) {
        progress ??= startProgress(`generate ${choice.store}`, total, "samples");
        progress.update(done);
      },
      signal: interruptSignal,
      onDifference(difference) {
        // A data set that the user names may differ.
        if (!isOfPreset) return;
        console.error(
          `warning: ${choice.store} is not the data set of the preset (${difference}); it is ` +
            "used nevertheless. Move it away to generate that of the preset",
        );
      },
    });
  } finally {
    progress?.stop();
  }
}
