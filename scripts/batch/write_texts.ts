/** Writes the result files of an experiment. @module */

import { join } from "node:path";
import { writeFileAtomically } from "../../io/atomic_write.ts";

/** Writes texts by file name into a directory, and replaces those of an earlier run. */
export async function writeTexts(
  directory: string,
  texts: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(texts)) {
    await writeFileAtomically(join(directory, name), new TextEncoder().encode(text), {
      overwrite: true,
    });
  }
}
