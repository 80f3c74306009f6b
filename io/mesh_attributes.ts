/**
 * Attributes and samples of a mesh store, the same in Zarr and in Arrow.
 *
 * @module
 */

import { z } from "zod";
import { DataError, didYouMean } from "../errors.ts";
import { listOf, parseUntrusted, recordOf } from "./bounded_schemas.ts";
import { checkCells, type MeshCells } from "./mesh_cells.ts";

/** Format of mesh stores without checksums of their metadata, as other programs write it. */
export const MESH_FORMAT = "haloflow-meshes/1";

/** The same in Zarr with checksums of everything, as this program writes it. */
export const SEALED_MESH_FORMAT = "haloflow-meshes/2";

/** Names that fields cannot have. */
export const RESERVED_NAMES = [
  "offsets",
  "nodeCounts",
  "position",
  "cells",
  "id",
  "cellConnectivity",
  "cellOffsets",
  "cellRanges",
  "cellSizes",
  "cellTypes",
];

/** Attributes with an entry per sample, and the entry of each. */
const SAMPLE_LISTS = [["origins", "file"], ["groups", "case"], ["times", "time"]] as const;

/** Field names are also names of folders and of columns. */
const fieldName = z.string().regex(
  /^[A-Za-z][A-Za-z0-9_]*$/,
  "a field name has only letters, digits and _",
)
  .refine((name) => !RESERVED_NAMES.includes(name), "this name is reserved");

const count = z.int().positive();
const index = z.int().nonnegative();

const fieldSchema = z.object({
  components: count,
  unit: z.string(),
  role: z.enum(["input", "target"]).optional(),
  offset: listOf(z.number()).optional(),
});

const headerSchema = z.object({
  case: z.string(),
  dimensions: z.int().min(1).max(3),
  fields: recordOf(fieldName, fieldSchema),
  gridShape: listOf(count).optional(),
  cells: z.literal(true).optional(),
  plane: z.object({ axis: z.int().min(0).max(2), value: z.number() }).optional(),
  origin: listOf(z.number()).optional(),
  origins: listOf(z.string()).optional(),
  groups: listOf(z.string()).optional(),
  times: listOf(z.number()).optional(),
  mask: z.string().optional(),
  title: z.string().optional(),
  splits: recordOf(z.string(), listOf(index)),
  preparation: z.record(z.string(), z.unknown()).optional(),
  generator: z.record(z.string(), z.unknown()).optional(),
  seed: z.int().optional(),
});

const attributesSchema = headerSchema.extend({
  format: z.enum([MESH_FORMAT, SEALED_MESH_FORMAT]),
  ids: listOf(z.string()),
  nodeCount: count.optional(),
});

/**
 * A field: numbers per node, physical unit, and whether a network reads or predicts it. The true
 * value is the stored one plus `offset` `[components]`, in float64.
 */
export type FieldInfo = Readonly<z.infer<typeof fieldSchema>>;

/**
 * Header of a mesh store: the case, the space dimensions, the fields by name, the nodes per axis
 * of a grid (node number = i · n + j), the sample numbers of each split, and the generator of the
 * data. `cells` means that every mesh has cells; `plane`, that meshes of two dimensions lie in
 * space where the coordinate `axis` is `value`.
 *
 * The true positions are the stored ones plus `origin` `[D]`, in float64. Each sample has its
 * source file in `origins`, its case in `groups`, which no split separates, and its physical time
 * in `times`. `mask` names a field that is 1 where the targets are known and 0 where they are
 * missing; `title` is the name of the data set for people, and `preparation` records how arrays of
 * files became fields, which prediction repeats on new files.
 */
export type MeshStoreHeader = Readonly<z.infer<typeof headerSchema>>;

/**
 * Attributes of a mesh store: its header, its format, the id of every sample, and the total number
 * of nodes, which reveals lost meshes (stores of other programs may omit it).
 */
export type MeshAttributes = Readonly<z.infer<typeof attributesSchema>>;

/** The fields on one mesh. */
export interface MeshSample {
  readonly id: string;
  /** Space dimensions D. */
  readonly dimensions: number;
  readonly nodeCount: number;
  /** Node positions [N, D], in units of the domain length. */
  readonly position: Float32Array;
  /** Each field [N, components]. */
  readonly fields: Readonly<Record<string, Float32Array>>;
  /** The cells, if the store has them and they were requested. */
  readonly cells?: MeshCells | undefined;
}

/** Options of reading a sample. */
export interface ReadOptions {
  /** Whether to read the cells, which stores with `cells: true` have. @default false */
  readonly cells?: boolean | undefined;
}

/** Meshes with fields, read one at a time. */
export interface MeshStore {
  readonly path: string;
  readonly attributes: MeshAttributes;
  readonly sampleCount: number;
  /** Nodes of every sample, if they are known without reading it. */
  readonly nodeCounts?: readonly number[] | undefined;
  /** Sentences about what was assumed of the data of another program, for the summary. */
  readonly notes?: readonly string[] | undefined;
  /** The sample numbers of a split. @throws {DataError} If there is no such split */
  split(name: string): readonly number[];
  /**
   * Reads sample `index` and nothing else.
   *
   * @throws {RangeError} If there is no such sample
   * @throws {DataError} If its data are missing, damaged, or not finite; names array, sample and
   * node
   */
  read(index: number, options?: ReadOptions): Promise<MeshSample>;
}

/**
 * Checks the attributes of the store at `path`.
 *
 * @throws {DataError} If they are invalid; lists all problems
 */
export function parseMeshAttributes(value: unknown, path: string): MeshAttributes {
  const action = `Cannot open mesh store "${path}"`;
  const attributes = parseUntrusted(attributesSchema, value, "attributes", action);
  checkConsistency(attributes, path);
  checkSampleLists(attributes, attributes.ids.length, action);
  checkSplits(attributes.splits, attributes.ids.length, action);
  return attributes;
}

/** Checks the header of a new store. @throws {DataError} If it is invalid; lists all problems */
export function parseMeshStoreHeader(value: unknown, path: string): MeshStoreHeader {
  const action = `Cannot write mesh store "${path}"`;
  const header = parseUntrusted(headerSchema, value, "attributes", action);
  checkConsistency(header, path);
  return header;
}

/** Throws unless every split names existing samples, each once. */
export function checkSplits(
  splits: MeshStoreHeader["splits"],
  sampleCount: number,
  action: string,
): void {
  for (const [name, samples] of Object.entries(splits)) {
    const outside = samples.find((sample) => sample >= sampleCount);
    if (outside !== undefined) {
      throw new DataError(`${action}: split "${name}" names sample ${outside} of ${sampleCount}`);
    }
    if (new Set(samples).size < samples.length) {
      throw new DataError(`${action}: split "${name}" names a sample twice`);
    }
  }
}

/** Throws unless the lists of the header by sample have an entry for each, or are absent. */
export function checkSampleLists(
  header: MeshStoreHeader,
  sampleCount: number,
  action: string,
): void {
  for (const [name, noun] of SAMPLE_LISTS) {
    const count = header[name]?.length ?? sampleCount;
    if (count === sampleCount) continue;
    throw new DataError(
      `${action}: "${name}" must name a ${noun} for each of ${sampleCount} samples, it names ` +
        count,
    );
  }
}

/** Throws unless a sample has cells if and only if the header states them. */
export function checkHasCells(
  header: MeshStoreHeader,
  { cells }: Pick<MeshSample, "cells">,
  what: string,
  path: string,
): void {
  if ((cells !== undefined) === (header.cells === true)) return;
  const rule = cells === undefined ? "have cells, it has none" : "not have cells";
  throw new DataError(`Cannot use ${what} of "${path}": by the attributes it must ${rule}`);
}

/** Whether cells are requested. @throws {DataError} If they are and the store has none */
export function readsCells(
  attributes: MeshAttributes,
  { cells = false }: ReadOptions,
  path: string,
): boolean {
  if (!cells || attributes.cells) return cells;
  throw new DataError(
    `Cannot read cells of "${path}": the store has only nodes`,
  );
}

/** Throws unless the meshes have the total number of nodes that the attributes state, if any. */
export function checkNodeCount({ nodeCount }: MeshAttributes, found: number, path: string): void {
  if (nodeCount === undefined || nodeCount === found) return;
  throw new DataError(
    `Cannot open mesh store "${path}": its meshes must have ${nodeCount} nodes, they ` +
      `have ${found}`,
  );
}

/** The sample numbers of a split. */
export function splitOf({ splits }: MeshAttributes, name: string, path: string): readonly number[] {
  if (Object.hasOwn(splits, name)) return splits[name];
  throw new DataError(
    `Cannot read split "${name}" of "${path}": no split of that name, ` +
      `${didYouMean(name, Object.keys(splits))}`,
  );
}

/** Throws unless sample `index` exists. */
export function checkSampleIndex(index: number, sampleCount: number, path: string): void {
  if (Number.isInteger(index) && index >= 0 && index < sampleCount) return;
  throw new RangeError(
    `Cannot read sample of "${path}": its number must be within 0 and ` +
      `${sampleCount - 1}, received ${index}`,
  );
}

/** Throws unless a sample has the shape that the header states, finite numbers and valid cells. */
export function checkSample(
  header: MeshStoreHeader,
  sample: MeshSample,
  what: string,
  path: string,
): void {
  const { dimensions, fields, gridShape } = header;
  const { nodeCount } = sample;
  const fail = (reason: string) => {
    throw new DataError(`Cannot use ${what} of "${path}": ${reason}`);
  };
  const gridNodes = gridShape?.reduce((product, n) => product * n, 1);
  if (nodeCount === 0) fail("it has no nodes");
  if (gridNodes !== undefined && nodeCount !== gridNodes) {
    fail(`its grid ${gridShape!.join(" × ")} has ${gridNodes} nodes, there are ${nodeCount}`);
  }
  for (const name of Object.keys(sample.fields)) {
    if (!Object.hasOwn(fields, name)) {
      fail(`field "${name}" is not among the attributes, ${didYouMean(name, Object.keys(fields))}`);
    }
  }
  checkNumbers("position", sample.position, dimensions);
  for (const [name, { components }] of Object.entries(fields)) {
    checkNumbers(`field "${name}"`, sample.fields[name], components);
  }
  const known = header.mask === undefined ? undefined : sample.fields[header.mask];
  const unclear = known?.findIndex((value) => value !== 0 && value !== 1) ?? -1;
  if (unclear >= 0) {
    fail(`mask "${header.mask}" must be 0 or 1, node ${unclear} has ${known![unclear]}`);
  }
  if (sample.cells) checkCells(sample.cells, nodeCount, what, path);

  function checkNumbers(name: string, values: Float32Array | undefined, components: number) {
    if (!(values instanceof Float32Array)) {
      return fail(`${name} must be a Float32Array, it is ${typeof values}`);
    }
    if (values.length !== nodeCount * components) {
      fail(`${name} must have ${nodeCount} × ${components} numbers, there are ${values.length}`);
    }
    let bad = 0;
    while (bad < values.length && Number.isFinite(values[bad])) bad++;
    if (bad < values.length) {
      fail(`${name} must be finite, node ${Math.floor(bad / components)} has ${values[bad]}`);
    }
  }
}

function checkConsistency(header: MeshStoreHeader, path: string): void {
  const { dimensions, gridShape, plane, origin, fields, mask } = header;
  const fail = (reason: string) => {
    throw new DataError(`Cannot use attributes of "${path}": ${reason}`);
  };
  if (plane && dimensions !== 2) {
    fail(`meshes in a plane must have 2 dimensions, they have ${dimensions}`);
  }
  if (gridShape && gridShape.length !== dimensions) {
    fail(`gridShape must have ${dimensions} numbers, it has ${gridShape.length}`);
  }
  if (origin && origin.length !== dimensions) {
    fail(`origin must have ${dimensions} numbers, it has ${origin.length}`);
  }
  for (const [name, { components, offset }] of Object.entries(fields)) {
    if (offset && offset.length !== components) {
      fail(`offset of field "${name}" must have ${components} numbers, it has ${offset.length}`);
    }
  }
  if (mask === undefined) return;
  if (!Object.hasOwn(fields, mask)) {
    fail(`mask "${mask}" must be a field, ${didYouMean(mask, Object.keys(fields))}`);
  }
  const { components, role, offset } = fields[mask];
  if (components !== 1 || role !== undefined || offset !== undefined) {
    fail(`mask "${mask}" must be a field of 1 component without role and offset`);
  }
}
