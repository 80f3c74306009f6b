/**
 * Directories for temporary files of commands: inside the project, the only place they may write.
 *
 * @module
 */

import { resolve } from "node:path";

/** Creates a directory in `out`, which the caller removes. */
export async function makeScratchDirectory(name: string): Promise<string> {
  await Deno.mkdir("out", { recursive: true });
  return resolve(await Deno.makeTempDir({ dir: "out", prefix: `${name}-` }));
}
