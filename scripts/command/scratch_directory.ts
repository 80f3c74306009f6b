/**
 * Where commands keep what is of no use when they end: inside the project, as they may write
 * nowhere else.
 *
 * @module
 */

import { resolve } from "node:path";

/** A new directory in `out`, for its maker to remove. */
export async function makeScratchDirectory(name: string): Promise<string> {
  await Deno.mkdir("out", { recursive: true });
  return resolve(await Deno.makeTempDir({ dir: "out", prefix: `${name}-` }));
}
