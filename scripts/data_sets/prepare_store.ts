/**
 * Makes the data set of a preset where it is absent, with a bar while it does.
 *
 * @module
 */

import type { Preset, PresetChoice } from "../../pipeline/presets/preset.ts";
import { interruptSignal } from "../command/command_line.ts";
import { startProgress } from "../progress/progress.ts";

/** Makes the data set of a preset unless it is there. */
export async function prepareStore(preset: Preset, choice: PresetChoice): Promise<void> {
  let progress: ReturnType<typeof startProgress> | undefined;
  try {
    await preset.prepare(choice, {
      onProgress(done, total) {
        progress ??= startProgress(`generate ${choice.store}`, total, "samples");
        progress.update(done);
      },
      signal: interruptSignal,
      onDifference(difference) {
        // One that was named by the user is meant to be another.
        if (choice.store !== preset.defaults.store) return;
        console.error(
          `warning: ${choice.store} is not the data set of the preset, as ${difference}: ` +
            "it is used as it is; move it away " +
            `to have that of the preset made`,
        );
      },
    });
  } finally {
    progress?.stop();
  }
}
