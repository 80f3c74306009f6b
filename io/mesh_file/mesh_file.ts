/**
 * Meshes with fields as files of other programs hold them, before anything is chosen, cleaned or
 * rounded. Every reader of a format returns these types, and `pipeline/datasets` turns them into
 * samples of a store.
 *
 * @module
 */

import type { MeshCells } from "../mesh_cells.ts";

/** Numbers in the type of their file. */
export type FileNumbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** An array [tuples, components] of a file. */
export interface FileArray {
  readonly values: FileNumbers;
  readonly components: number;
  /** Physical unit, if the file states it. */
  readonly unit?: string | undefined;
}

/** Arrays by name. Each is decoded when it is read, so that a damaged one harms no other. */
export interface FileArrays {
  readonly names: readonly string[];
  /** @throws {DataError} If there is no such array, or it is damaged or not of numbers */
  read(name: string): FileArray;
  /** @throws {DataError} If the file has such an array that cannot be a field, with the reason */
  refuse?(name: string): void;
}

/** A mesh with fields, as its file has it. */
export interface FileMesh {
  /** File or folder, for errors. */
  readonly path: string;
  readonly pointCount: number;
  /** Coordinates along each point [N, axes], in the precision of the file. */
  readonly points: Float32Array | Float64Array;
  readonly axes: 1 | 2 | 3;
  /** Cells, in any order; none for a cloud of points. */
  readonly cells: MeshCells;
  /** Each array [N, components]. */
  readonly pointData: FileArrays;
  /** Each array [cells, components]. */
  readonly cellData: FileArrays;
  /** Arrays of the whole mesh, of any length, such as the Reynolds number. */
  readonly fieldData: FileArrays;
  /** 1 for a point [N] or a cell [cells] that is a copy of one in another piece, or hidden. */
  readonly ghostPoints?: Uint8Array | undefined;
  readonly ghostCells?: Uint8Array | undefined;
  /** Points along each axis of a regular grid, the last axis fastest. */
  readonly gridShape?: readonly number[] | undefined;
  /**
   * Sentences about what the reader assumed or left out, for the summary. Some are added when an
   * array is read.
   */
  readonly notes: readonly string[];
}

/** What is known of a sample without reading it. */
export interface SourceSample {
  /** Unique in its source, such as the file name without its extension. */
  readonly id: string;
  /** Samples of one simulation, such as its time steps, which no split may separate. */
  readonly group: string;
  /** Physical time of a step of a series. */
  readonly time?: number | undefined;
  /** File of which the sample is only a piece. */
  readonly pieceOf?: string | undefined;
  /** Number of points, if the file states it at its start. */
  readonly pointCount?: number | undefined;
}

/** A file or folder of samples, read one at a time. */
export interface MeshSource {
  readonly path: string;
  /** Name of the format for people, such as `VTK XML unstructured grid`. */
  readonly format: string;
  readonly samples: readonly SourceSample[];
  /** @throws {DataError} If the sample is damaged */
  read(index: number): Promise<FileMesh>;
  /** Files that the source consists of, `path` included, whose content identifies it. */
  readonly files: readonly string[];
  /** Sentences about what was assumed or left out, for the summary. */
  readonly notes?: readonly string[] | undefined;
}

/** Choices that only some formats need. */
export interface SourceOptions {
  /** Arrays that become inputs and targets; formats without meshes find their samples by them. */
  readonly inputs?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  /** Further arrays that the import reads, such as a mask of known targets. */
  readonly others?: readonly string[] | undefined;
  /** Columns or arrays with the coordinates. */
  readonly position?: readonly string[] | undefined;
  /**
   * Columns whose values separate the samples of a table, or arrays with an entry per sample; the
   * first one names the case, which no split separates.
   */
  readonly sample?: readonly string[] | undefined;
  /** Order of the axes of plain arrays, such as `sample,x,y` or `sample,time,x,y,component`. */
  readonly axes?: readonly string[] | undefined;
  /**
   * Whether missing values of a table are NaN, because the targets may be missing; otherwise they
   * are errors. @default false
   */
  readonly allowMissing?: boolean | undefined;
  /** Time steps of a series. @default "last" */
  readonly times?: "last" | "all" | readonly number[] | undefined;
}

/** Arrays that are already in memory. */
export function arraysOf(arrays: Readonly<Record<string, FileArray>>): FileArrays {
  return {
    names: Object.keys(arrays),
    read: (name) => arrays[name],
  };
}
