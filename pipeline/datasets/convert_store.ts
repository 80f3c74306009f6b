/**
 * Data sets in another format, at another resolution, with other splits, or in less room.
 *
 * @module
 */

import { basename } from "node:path";
import { UserError } from "../../errors.ts";
import type { MeshSample, MeshStore, MeshStoreHeader } from "../../io/mesh_store.ts";
import { checkSubsampling, subsampleGrid } from "./darcy/unit_grid.ts";
import { roundMantissa } from "./round_mantissa.ts";
import { splitSamples, type SplitShares } from "./splits.ts";
import { writeSamples, type WriteSamplesOptions } from "./write_samples.ts";

/** What changes on the way. */
export interface ConvertOptions extends WriteSamplesOptions {
  /**
   * Vertices per side of the grid that is kept; `resolution - 1` divides that of the source less 1.
   * @default all
   */
  readonly resolution?: number | undefined;
  /** Sizes of the splits. @default the splits of the source */
  readonly shares?: SplitShares | undefined;
  /**
   * Bits of the mantissa that all fields but inputs keep, to take less room; positions and inputs
   * stay as they are.
   *
   * @default all 23
   */
  readonly mantissaBits?: number | undefined;
}

/**
 * Writes every sample of `source` to a new store. Without other options, a conversion there and
 * back changes nothing.
 *
 * @param path Ends in `.zarr` or `.arrow`
 * @throws {UserError} If a resolution is asked for and the source is no square grid, or something
 * is at `path` already
 * @throws {RangeError} If the grid of that resolution is not a part of the source's
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openMeshStore } from "../../io/mesh_store.ts";
 * import { convertStore } from "./convert_store.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const zarr = await openMeshStore("tests/fixtures/io/meshes/v3_blosc.zarr");
 * await convertStore(zarr, `${directory}/meshes.arrow`);
 * const arrow = await openMeshStore(`${directory}/meshes.arrow`);
 * assert.deepEqual(await arrow.read(0), await zarr.read(0));
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function convertStore(
  source: MeshStore,
  path: string,
  options: ConvertOptions = {},
): Promise<void> {
  const { resolution, shares, mantissaBits, ...writeOptions } = options;
  if (mantissaBits !== undefined) {
    await convertStore(rounded(source, mantissaBits), path, {
      ...options,
      mantissaBits: undefined,
    });
    return;
  }
  const { format: _format, ids: _ids, ...header } = source.attributes;
  const splits = shares === undefined ? header.splits : splitSamples(source.sampleCount, shares);
  if (resolution === undefined) {
    const { nodeCounts } = source;
    await writeSamples(path, { ...header, splits }, readAll(source), {
      ...writeOptions,
      nodeCounts,
    });
    return;
  }
  const sourceResolution = squareResolution(source);
  checkSubsampling(sourceResolution, resolution);
  // The cells of the finer grid would not fit.
  const { cells: _cells, ...kept } = header;
  const subsampled: MeshStoreHeader = {
    ...kept,
    splits,
    gridShape: [resolution, resolution],
    generator: {
      ...header.generator,
      subsampled: { from: basename(source.path), resolution: sourceResolution },
    },
  };
  await writeSamples(
    path,
    subsampled,
    subsample(source, sourceResolution, resolution),
    writeOptions,
  );
}

/** The same data set with rounded fields, and a note of it. */
function rounded(source: MeshStore, mantissaBits: number): MeshStore {
  const { attributes } = source;
  const round = (name: string, values: Float32Array) =>
    attributes.fields[name].role === "input" ? values : roundMantissa(values, mantissaBits);
  return {
    ...source,
    attributes: { ...attributes, generator: { ...attributes.generator, mantissaBits } },
    async read(index, options) {
      const sample = await source.read(index, options);
      const fields = Object.entries(sample.fields).map((
        [name, values],
      ) => [name, round(name, values)]);
      return { ...sample, fields: Object.fromEntries(fields) };
    },
  };
}

async function* readAll(source: MeshStore): AsyncGenerator<MeshSample, void, void> {
  for (let i = 0; i < source.sampleCount; i++) {
    yield await source.read(i, { cells: source.attributes.cells ?? false });
  }
}

/** The samples of `source` on every few vertices per direction. */
async function* subsample(
  source: MeshStore,
  resolution: number,
  coarseResolution: number,
): AsyncGenerator<MeshSample, void, void> {
  const { dimensions, fields } = source.attributes;
  const take = (values: Float32Array, components: number) =>
    subsampleGrid(values, resolution, coarseResolution, components);
  for await (const sample of readAll(source)) {
    const kept = Object.entries(sample.fields).map((
      [name, values],
    ) => [name, take(values, fields[name].components)]);
    yield {
      id: sample.id,
      dimensions,
      nodeCount: coarseResolution * coarseResolution,
      position: take(sample.position, dimensions),
      fields: Object.fromEntries(kept),
    };
  }
}

function squareResolution({ path, attributes: { gridShape } }: MeshStore): number {
  if (gridShape?.length === 2 && gridShape[0] === gridShape[1]) return gridShape[0];
  const shape = gridShape === undefined ? "no grid" : `a grid of ${gridShape.join(" × ")}`;
  throw new UserError(
    `Cannot change the resolution of "${path}" as a square grid is expected: it has ${shape}`,
  );
}
