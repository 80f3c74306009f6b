/**
 * Writing of a data set to a mesh store.
 *
 * @module
 */

import { extname } from "node:path";
import { UserError } from "../../errors.ts";
import {
  createMeshStore,
  type MeshSample,
  type MeshStoreHeader,
  writeArrowMeshes,
} from "../../io/mesh_store.ts";
import { refuseExisting } from "../../io/atomic_write.ts";
import { ifPresent } from "../../io/if_present.ts";

/** Progress and cancellation of a long task. */
export interface Watch {
  /** Called after every sample with the number of finished samples. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Cancels the task between two samples, without leaving files. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode writeSamples}. */
export interface WriteSamplesOptions extends Watch {
  /** Whether an existing store is replaced once the new one is complete. @default false */
  readonly overwrite?: boolean | undefined;
  /** Node counts of the samples, if known in advance, by which Zarr chunks are chosen. */
  readonly nodeCounts?: readonly number[] | undefined;
}

/**
 * Writes a stream of samples to a store that appears at `path` once it is complete.
 *
 * @param path Ends in `.zarr` for a Zarr group, written sample by sample, or in `.arrow` for an
 * Arrow file, held in memory until the end
 * @throws {UserError} If the name ends otherwise, or `path` exists and `overwrite` is not set
 */
export async function writeSamples(
  path: string,
  header: MeshStoreHeader,
  samples: AsyncIterable<MeshSample>,
  options: WriteSamplesOptions = {},
): Promise<void> {
  const { overwrite = false, nodeCounts } = options;
  await requireStorePath(path, overwrite);
  if (extname(path).toLowerCase() === ".arrow") {
    await writeArrowMeshes(path, header, watched(samples, options), { overwrite });
    return;
  }
  const writer = await createMeshStore(path, header, { overwrite, nodeCounts });
  try {
    for await (const sample of watched(samples, options)) await writer.add(sample);
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/**
 * Checks that a store can be created at a path, before its samples are computed.
 *
 * @throws {UserError} If the name ends otherwise than in `.zarr` or `.arrow`, or `path` exists and
 * `overwrite` is not set
 */
export async function requireStorePath(path: string, overwrite: boolean): Promise<void> {
  const extension = extname(path).toLowerCase();
  if (extension !== ".zarr" && extension !== ".arrow") {
    throw new UserError(
      `Cannot write "${path}": the name of a store must end in .zarr or .arrow, received ` +
        `"${extension}"`,
    );
  }
  await refuseExisting(path, { overwrite });
}

/** Whether a file or directory exists. */
export async function pathExists(path: string): Promise<boolean> {
  return await ifPresent(Deno.stat(path)) !== undefined;
}

/** Forwards samples, counts each when the next one is requested, and stops when aborted. */
async function* watched(
  samples: AsyncIterable<MeshSample>,
  { onProgress, signal }: Watch,
): AsyncGenerator<MeshSample> {
  let done = 0;
  for await (const sample of samples) {
    // Computing a sample may not yield to the event loop, without which nothing could abort.
    if (signal !== undefined) await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    yield sample;
    onProgress?.(++done);
  }
  signal?.throwIfAborted();
}
