/**
 * Makes the data set of a preset where it is absent, with a bar while it does.
 *
 * @module
 */

import type { Preset, PresetChoice } from "../pipeline/presets/preset.ts";
import { interruptSignal } from "./command_line.ts";
import { startProgress } from "./progress.ts";

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
    });
  } finally {
    progress?.stop();
  }
}
