/**
 * Conversion of data sets to another format, resolution, splits or precision.
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

/** Changes of a conversion. */
export interface ConvertOptions extends WriteSamplesOptions {
  /**
   * Vertices per side of a coarser grid; `resolution - 1` divides that of the source minus 1.
   *
   * @default the resolution of the source
   */
  readonly resolution?: number | undefined;
  /** Sizes of the splits. @default the splits of the source */
  readonly shares?: SplitShares | undefined;
  /**
   * Bits of the mantissa of all fields except inputs, for a smaller store; positions and inputs are
   * unchanged.
   *
   * @default 23, all of them
   */
  readonly mantissaBits?: number | undefined;
}

/**
 * Writes every sample of `source` to a new store. Without options, a conversion to another format
 * and back changes nothing.
 *
 * @param path Ends in `.zarr` or `.arrow`
 * @throws {UserError} If a resolution is requested and the source is not a square grid, or `path`
 * exists
 * @throws {RangeError} If the grid of that resolution is not a part of the grid of the source
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
    const options = { ...writeOptions, nodeCounts };
    await writeSamples(path, { ...header, splits }, readAll(source), options);
    return;
  }
  const sourceResolution = squareResolution(source);
  checkSubsampling(sourceResolution, resolution);
  // The cells are those of the finer grid.
  const { cells: _cells, ...subsampledHeader } = header;
  const subsampled: MeshStoreHeader = {
    ...subsampledHeader,
    splits,
    gridShape: [resolution, resolution],
    generator: {
      ...header.generator,
      subsampled: { from: basename(source.path), resolution: sourceResolution },
    },
  };
  const samples = subsample(source, sourceResolution, resolution);
  await writeSamples(path, subsampled, samples, writeOptions);
}

/** The same data set with rounded fields, recorded in its attributes. */
function rounded(source: MeshStore, mantissaBits: number): MeshStore {
  const { attributes } = source;
  const round = (name: string, values: Float32Array) =>
    attributes.fields[name].role === "input" ? values : roundMantissa(values, mantissaBits);
  return {
    ...source,
    attributes: { ...attributes, generator: { ...attributes.generator, mantissaBits } },
    async read(index, options) {
      const sample = await source.read(index, options);
      const fields = Object.entries(sample.fields)
        .map(([name, values]) => [name, round(name, values)]);
      return { ...sample, fields: Object.fromEntries(fields) };
    },
  };
}

async function* readAll(source: MeshStore): AsyncGenerator<MeshSample, void, void> {
  for (let i = 0; i < source.sampleCount; i++) {
    yield await source.read(i, { cells: source.attributes.cells ?? false });
  }
}

/** The samples of `source` on a coarser grid of some of its vertices. */
async function* subsample(
  source: MeshStore,
  resolution: number,
  coarseResolution: number,
): AsyncGenerator<MeshSample, void, void> {
  const { dimensions, fields } = source.attributes;
  const coarse = (values: Float32Array, components: number) =>
    subsampleGrid(values, resolution, coarseResolution, components);
  for await (const sample of readAll(source)) {
    const coarseFields = Object.entries(sample.fields)
      .map(([name, values]) => [name, coarse(values, fields[name].components)]);
    yield {
      id: sample.id,
      dimensions,
      nodeCount: coarseResolution * coarseResolution,
      position: coarse(sample.position, dimensions),
      fields: Object.fromEntries(coarseFields),
    };
  }
}

function squareResolution({ path, attributes: { gridShape } }: MeshStore): number {
  if (gridShape?.length === 2 && gridShape[0] === gridShape[1]) return gridShape[0];
  const shape = gridShape === undefined ? "no grid" : `a grid of ${gridShape.join(" × ")}`;
  throw new UserError(
    `Cannot change resolution of "${path}": it must have a square grid, found ${shape}`,
  );
}
