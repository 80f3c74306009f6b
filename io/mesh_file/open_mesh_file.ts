/**
 * Recognises files of simulation programs by their first bytes and opens them.
 *
 * @module
 */

import { basename, dirname, extname, join, relative } from "node:path";
import { DataError } from "../../errors.ts";
import { ARRAY_FORMATS } from "../arrays/array_formats.ts";
import { findStandIn, knownRefusal, type Refusal, refusalOf, refusedFile } from "./refused_file.ts";
import type { MeshSource, SourceOptions, SourceSample } from "./mesh_file.ts";
import { type FileStart, type MeshFormat, readFileStart } from "./mesh_format.ts";
import { MESH_FORMATS } from "./mesh_formats.ts";
import { groupListedFiles } from "./series_files.ts";
import { groupSteps } from "./step_files.ts";

/** The kind of a file or folder. */
export interface FileKind {
  readonly start: FileStart;
  /** The format that reads it. */
  readonly format?: MeshFormat | undefined;
  /** The reason that none does; a folder of files has neither. */
  readonly refusal?: Refusal | undefined;
}

/** VTK's files that name blocks. */
const BLOCKS = /\.vt(m|pd|pc)$/i;
/** Folders in folders are searched this deep. */
const MAX_DEPTH = 6;

/**
 * Finds the kind of a file by its first bytes, or of a folder by the names in it.
 *
 * @throws {DataError} If there is no such file or folder
 */
export async function recogniseFile(path: string): Promise<FileKind> {
  const start = await readFileStart(path);
  const standIn = findStandIn(start);
  if (standIn) return { start, refusal: standIn };
  const format = MESH_FORMATS.find(({ matches }) => matches(start));
  if (format) return { start, format };
  const refusal = start.isFolder ? knownRefusal(start) : refusalOf(start);
  return { start, refusal };
}

/**
 * Opens a file, or a folder of files, as a source of meshes. A folder that is not of a format by
 * itself stands for the files in it and in its folders, in natural order; files that another one
 * names, such as the pieces of a `.pvtu` file, count once.
 *
 * @throws {DataError} If there is no such file, or it is damaged or of a format that is not read;
 *   names the format and the way to one that is
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openMeshFile } from "./open_mesh_file.ts";
 *
 * const source = await openMeshFile("tests/fixtures/vtk/cells_inline_zlib.vtu");
 * const { pointCount, pointData } = await source.read(0);
 * assert.equal(pointData.read("velocity").values.length, 3 * pointCount);
 * ```
 */
export async function openMeshFile(path: string, options: SourceOptions = {}): Promise<MeshSource> {
  const kind = await recogniseFile(path);
  if (kind.format) return await kind.format.open(path, options);
  if (kind.refusal) throw refusedFile(path, kind.refusal);
  return await openMeshFiles([path], options);
}

/**
 * Opens files and folders as one source, whose samples have unique ids.
 *
 * @throws {DataError} If a file cannot be opened, or they are of different formats
 */
export async function openMeshFiles(
  paths: readonly string[],
  options: SourceOptions = {},
): Promise<MeshSource> {
  const found: { readonly path: string; readonly format: MeshFormat }[] = [];
  const skipped: { readonly path: string; readonly refusal: Refusal }[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    const { start, format, refusal } = await recogniseFile(path);
    if (format) found.push({ path, format });
    else if (refusal && depth === 0) throw refusedFile(path, refusal);
    else if (refusal) skipped.push({ path, refusal });
    else if (depth <= MAX_DEPTH) {
      for (const name of start.entries.filter((name) => !name.startsWith("."))) {
        await visit(join(path, name), depth + 1);
      }
    }
  };
  for (const path of paths) await visit(path, 0);
  refuseStandIns(found, skipped);
  if (found.length === 0) throw nothingFound(paths, skipped);
  const sources = withoutParts(await openFound(found, options));
  const formats = Map.groupBy(sources, ({ format }) => format);
  if (formats.size > 1) throw severalFormats(paths, formats);
  return sources.length === 1 && paths.length === 1 && skipped.length === 0
    ? sources[0]
    : await joined(
      paths,
      sources,
      skipped.map(({ path, refusal }) => `${basename(path)} (${refusal.name})`),
    );
}

/**
 * Opens files in their order. Plain arrays that another file describes, such as the HDF5 file of an
 * XDMF file, are left to it.
 */
async function openFound(
  found: readonly { readonly path: string; readonly format: MeshFormat }[],
  options: SourceOptions,
): Promise<MeshSource[]> {
  const opened = new Map<string, MeshSource>();
  const isArrays = ({ format }: { format: MeshFormat }) => ARRAY_FORMATS.includes(format);
  for (const { path, format } of found.filter((file) => !isArrays(file))) {
    opened.set(path, await format.open(path, options));
  }
  const described = new Set([...opened.values()].flatMap(({ files }) => files));
  for (const { path, format } of found.filter(isArrays)) {
    if (!described.has(path)) opened.set(path, await format.open(path, options));
  }
  return found.flatMap(({ path }) => opened.get(path) ?? []);
}

/** Throws if a file of a folder stands for one that would be read. */
function refuseStandIns(
  found: readonly { readonly path: string }[],
  skipped: readonly { readonly path: string; readonly refusal: Refusal }[],
): void {
  const extensions = new Set(found.map(({ path }) => extname(path).toLowerCase()));
  const standIn = skipped.find(({ path, refusal }) =>
    refusal.isStandIn && (found.length === 0 || extensions.has(extname(path).toLowerCase()))
  );
  if (standIn) throw refusedFile(standIn.path, standIn.refusal);
}

function nothingFound(
  paths: readonly string[],
  skipped: readonly { readonly path: string; readonly refusal: Refusal }[],
): DataError {
  const first = skipped.at(0);
  if (first === undefined) {
    return new DataError(
      `Cannot read "${paths.join('", "')}": it is a folder without files; name the files to read`,
    );
  }
  const { name, remedy } = first.refusal;
  return new DataError(
    `Cannot read "${paths.join('", "')}": none of its ${skipped.length} files is of a format ` +
      `that is read: "${basename(first.path)}" is ${name}; ${remedy}`,
  );
}

/** Sources that are not parts of others, such as the pieces of a `.pvtu` file. */
function withoutParts(sources: readonly MeshSource[]): readonly MeshSource[] {
  const parts = new Set(
    sources.flatMap(({ path, files }) => files.filter((file) => file !== path)),
  );
  const whole = sources.filter(({ path, files }) => {
    if (parts.has(path)) return false;
    // Blocks of which another file names all parts, such as the boundary of a mesh.
    const own = BLOCKS.test(path) ? files.filter((file) => file !== path) : [];
    return own.length === 0 ||
      !sources.some((other) =>
        other.files.length > files.length && own.every((file) => other.files.includes(file))
      );
  });
  return whole.length === 0 ? sources : whole;
}

function severalFormats(
  paths: readonly string[],
  formats: ReadonlyMap<string, readonly MeshSource[]>,
): DataError {
  const counts = [...formats].map(([format, sources]) =>
    `${sources.length} of ${format} ("${sources[0].path}")`
  );
  return new DataError(
    `Cannot read "${paths.join('", "')}": files of one data set must be of one format, received ` +
      `${counts.join(", ")}; name only those to read, such as ` +
      `"${join(dirname([...formats.values()][0][0].path), "*")}` +
      `${extname([...formats.values()][0][0].path)}"`,
  );
}

/** Sources as one; ids are file names or, where these are not unique, paths below one folder. */
async function joined(
  paths: readonly string[],
  sources: readonly MeshSource[],
  skipped: readonly string[],
): Promise<MeshSource> {
  const prefixes = prefixesOf(sources);
  const samples: SourceSample[] = [];
  const places: { readonly source: MeshSource; readonly index: number }[] = [];
  for (const [k, source] of sources.entries()) {
    for (const [index, sample] of source.samples.entries()) {
      const prefix = prefixes[k];
      samples.push({ ...sample, id: prefix + sample.id, group: prefix + sample.group });
      places.push({ source, index });
    }
  }
  const listed = await groupListedFiles(samples, places.map(({ source }) => source));
  const steps = groupSteps(listed.samples);
  const notes = [
    ...sources.flatMap((source) => source.notes ?? []),
    ...listed.notes,
    ...steps.notes,
  ];
  if (skipped.length > 0) {
    const more = skipped.length > 3 ? `, ... (${skipped.length} in all)` : "";
    notes.push(`Skipped files that are not read: ${skipped.slice(0, 3).join(", ")}${more}`);
  }
  return {
    path: paths.length === 1 ? paths[0] : sources[0].path,
    format: sources[0].format,
    samples: steps.samples,
    files: [...new Set(sources.flatMap(({ files }) => files))],
    notes: [...new Set(notes)],
    read: (index) => places[index].source.read(places[index].index),
  };
}

/** Text before the ids of each source: nothing if the ids are unique, else the folder. */
function prefixesOf(sources: readonly MeshSource[]): string[] {
  const ids = sources.flatMap(({ samples }) => samples.map(({ id }) => id));
  if (new Set(ids).size === ids.length) return sources.map(() => "");
  const folder = commonFolder(sources.map(({ path }) => path));
  const prefixes = sources.map(({ path, samples }) => {
    // A file of one sample has its own name as the id.
    const below = relative(folder, path);
    const isNamed = samples.every(({ id }) => basename(path, extname(path)) === id);
    const place = isNamed ? dirname(below) : below;
    return place === "." ? "" : `${place}/`;
  });
  const all = sources.flatMap(({ samples }, k) => samples.map(({ id }) => prefixes[k] + id));
  return new Set(all).size === all.length
    ? prefixes
    : sources.map(({ path }) => `${relative(folder, path)}/`);
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0]);
  while (paths.some((path) => folder !== "." && !path.startsWith(join(folder, "/")))) {
    const parent = dirname(folder);
    if (parent === folder) break;
    folder = parent;
  }
  return folder;
}
