/**
 * Writing a whole data set to a mesh store.
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

/** How a long piece of work is watched and stopped. */
export interface Watch {
  /** Called after every sample with the number of samples done. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Stops the work between two samples; nothing is left behind. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@linkcode writeSamples} may be told. */
export interface WriteSamplesOptions extends Watch {
  /** Whether a store of that name is replaced, once the new one is whole. @default false */
  readonly overwrite?: boolean | undefined;
  /**
   * Nodes of the samples, where they are known beforehand, to choose the chunks of a Zarr store by.
   */
  readonly nodeCounts?: readonly number[] | undefined;
}

/**
 * Writes samples, as they come, to a store that appears at `path` once it is whole.
 *
 * @param path Ends in `.zarr` for a Zarr group, written sample by sample, or in `.arrow` for an
 * Arrow file, kept in memory until the end
 * @throws {UserError} If the name ends otherwise, or something is at `path` already and `overwrite`
 * is not set
 */
export async function writeSamples(
  path: string,
  header: MeshStoreHeader,
  samples: AsyncIterable<MeshSample>,
  options: WriteSamplesOptions = {},
): Promise<void> {
  const { overwrite = false, nodeCounts } = options;
  const extension = extname(path).toLowerCase();
  if (extension === ".zarr") {
    const writer = await createMeshStore(path, header, { overwrite, nodeCounts });
    try {
      for await (const sample of watched(samples, options)) await writer.add(sample);
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  } else if (extension === ".arrow") {
    if (!overwrite && await pathExists(path)) {
      throw new UserError(
        `Cannot write "${path}" as it exists; choose another path or allow overwriting`,
      );
    }
    await writeArrowMeshes(path, header, watched(samples, options), { overwrite });
  } else {
    throw new UserError(
      `Cannot write "${path}" as a store's name must end in .zarr or .arrow: it ends in ` +
        `"${extension}"`,
    );
  }
}

/** Whether there is a file or directory. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Passes samples on, counts each when the next one is asked for, and stops when told. */
async function* watched(
  samples: AsyncIterable<MeshSample>,
  { onProgress, signal }: Watch,
): AsyncGenerator<MeshSample> {
  let done = 0;
  for await (const sample of samples) {
    // Making a sample may take no turn of the event loop: without one nobody could abort.
    if (signal !== undefined) await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    yield sample;
    onProgress?.(++done);
  }
  signal?.throwIfAborted();
}
