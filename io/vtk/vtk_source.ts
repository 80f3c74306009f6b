/**
 * VTK's XML files as sources of samples: one mesh of a file, or the time steps of a `.pvd` file.
 *
 * @module
 */

import { basename, dirname, extname, join, resolve } from "node:path";
import { z } from "zod";
import { DataError, messageOf } from "../../errors.ts";
import { listOf, parseUntrusted } from "../bounded_schemas.ts";
import { joinMeshes } from "../mesh_file/join_meshes.ts";
import type { MeshSource, SourceOptions } from "../mesh_file/mesh_file.ts";
import { namedPath, requireFile } from "../mesh_file/named_files.ts";
import { selectSteps, stepNotes } from "../mesh_file/time_steps.ts";
import { readWholeFile } from "../whole_file.ts";
import { damaged } from "./data_array.ts";
import { readLegacyVtk } from "./legacy/read_legacy.ts";
import { readArrays, section } from "./piece.ts";
import { ALL_TYPES, partsOfVtkFile, readVtkXmlMesh } from "./read_mesh.ts";
import { statedHead } from "./stated_points.ts";
import { parseVtkXml } from "./xml_file.ts";

/** Names of formats for people, by extension. */
const FORMATS: Readonly<Record<string, string>> = {
  ".vtu": "VTK unstructured grid",
  ".pvtu": "VTK unstructured grid",
  ".vtp": "VTK surface",
  ".pvtp": "VTK surface",
  ".vti": "VTK image",
  ".pvti": "VTK image",
  ".vtr": "VTK rectilinear grid",
  ".pvtr": "VTK rectilinear grid",
  ".vts": "VTK structured grid",
  ".pvts": "VTK structured grid",
  ".vtm": "VTK blocks",
  ".vtpd": "VTK blocks",
  ".vtpc": "VTK blocks",
};

/** Series of files, as ParaView and OpenFOAM describe them. */
const SERIES = z.object({
  files: listOf(z.object({ name: z.string().min(1), time: z.number() })),
});

/** Ending of the name of a piece, as ParaView and VTK write it. */
const PIECE = /[_-]?\d+$/;

/**
 * Opens a file with one mesh.
 *
 * @throws {DataError} If it, or a file that it names, does not exist
 */
export async function openVtkSource(path: string): Promise<MeshSource> {
  const id = stemOf(path);
  const parts = await partsOfVtkFile(path);
  const { pointCount } = await statedHead(path);
  const time = await timeOf(path) ?? (parts.length > 0 ? await timeOf(parts[0]) : undefined);
  const parent = parts.length === 0 ? await parentOf(path) : undefined;
  return {
    path,
    format: FORMATS[extname(path).toLowerCase()] ?? "VTK XML mesh",
    samples: [{
      id,
      group: parent === undefined ? id : stemOf(parent),
      time,
      pieceOf: parent,
      pointCount,
    }],
    files: [path, ...parts],
    notes: parent === undefined ? [] : [
      `"${basename(path)}" is a piece of "${basename(parent)}": read that file for the complete ` +
      "mesh",
    ],
    read: () => readVtkXmlMesh(path),
  };
}

/**
 * Opens a `.pvd` file, whose time steps are samples of one case. Files of one time are joined.
 *
 * @throws {DataError} If it is damaged, or a file that it names does not exist
 */
export async function openPvdSource(path: string, options: SourceOptions): Promise<MeshSource> {
  return await openSeries(path, await readPvd(path), options);
}

/**
 * Opens a `.vtu.series`, `.vtm.series` or `.vtk.series` file of ParaView or OpenFOAM, as `.pvd`.
 *
 * @throws {DataError} If it is damaged, or a file that it names does not exist
 */
export async function openSeriesSource(path: string, options: SourceOptions): Promise<MeshSource> {
  return await openSeries(path, await readSeriesFile(path), options);
}

/** A time step, and a file with its mesh or a part of it. */
interface SeriesEntry {
  readonly time: number;
  readonly file: string;
}

async function openSeries(
  path: string,
  entries: readonly SeriesEntry[],
  { times: choice }: SourceOptions,
): Promise<MeshSource> {
  const byTime = Map.groupBy(entries, ({ time }) => time);
  const times = [...byTime.keys()].sort((a, b) => a - b);
  const steps = selectSteps(path, times, choice);
  const filesOf = (step: number) => byTime.get(times[step])!.map(({ file }) => file);
  const stem = stemOf(path).replace(/\.vt\w$/i, "");
  const read = new Set(steps.flatMap(filesOf));
  const files = [path];
  for (const { file } of entries) {
    // The files of other steps belong to the series as well, unless they are missing.
    files.push(...await filesOfStep(path, file, read.has(file)));
  }
  return {
    path,
    format: "VTK time series",
    samples: steps.map((step) => ({
      id: `${stem}_t${times[step]}`,
      group: stem,
      time: times[step],
    })),
    files: [...new Set(files)],
    notes: stepNotes(stem, times, steps),
    read: async (index) => {
      const meshes = [];
      for (const file of filesOf(steps[index])) {
        meshes.push(await (isLegacy(file) ? readLegacyVtk(file) : readVtkXmlMesh(file)));
      }
      return joinMeshes(path, meshes, "parts");
    },
  };
}

async function filesOfStep(
  path: string,
  file: string,
  isRequired: boolean,
): Promise<readonly string[]> {
  try {
    await requireFile(path, file);
    return [file, ...await partsOfVtkFile(file)];
  } catch (error) {
    if (isRequired || !(error instanceof DataError)) throw error;
    return [];
  }
}

function isLegacy(path: string): boolean {
  return extname(path).toLowerCase() === ".vtk";
}

/** The entries of a file in JSON. */
async function readSeriesFile(path: string): Promise<readonly SeriesEntry[]> {
  const bytes = await readWholeFile(path);
  const action = `Cannot read "${path}"`;
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DataError(`${action}: it is not JSON: ${messageOf(cause)}`, { cause });
  }
  const { files } = parseUntrusted(SERIES, content, "series", action);
  if (files.length === 0) throw new DataError(`${action}: it names no files`);
  return files.map(({ name, time }) => ({ time, file: namedPath(path, name) }));
}

/** The entries of a `.pvd` file. */
async function readPvd(path: string): Promise<readonly SeriesEntry[]> {
  const bytes = await readWholeFile(path);
  try {
    const { data } = parseVtkXml(path, bytes, ["Collection"]);
    const entries = data.children.filter(({ name }) => name === "DataSet").map(({ attributes }) => {
      const time = attributes.get("timestep")?.trim() || "0";
      const file = attributes.get("file")?.trim() ?? "";
      if (!Number.isFinite(Number(time)) || file === "") {
        throw new SyntaxError(
          `a <DataSet> must have a finite timestep and a file, received "${time}" and "${file}"`,
        );
      }
      return { time: Number(time), file: namedPath(path, file) };
    });
    if (entries.length === 0) throw new SyntaxError("it names no files");
    return entries;
  } catch (cause) {
    throw damaged(`Cannot read "${path}"`, cause);
  }
}

/** The time that a file states. */
async function timeOf(path: string): Promise<number | undefined> {
  const { time } = await statedHead(path);
  return time === "encoded" ? await encodedTime(path) : time;
}

/** The time of a file in which it is not text; undefined if the file is damaged: reading reports it. */
async function encodedTime(path: string): Promise<number | undefined> {
  try {
    const { data, source } = parseVtkXml(path, await readWholeFile(path), ALL_TYPES);
    const time = Number(readArrays(source, section(data, "FieldData")).read("TimeValue").values[0]);
    return Number.isFinite(time) ? time : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DataError) return undefined;
    throw error;
  }
}

/** The file of which a file is a piece, where VTK and ParaView place it. */
async function parentOf(path: string): Promise<string | undefined> {
  const stem = stemOf(path);
  if (!PIECE.test(stem)) return undefined;
  const folder = dirname(path);
  const name = `${stem.replace(PIECE, "")}.p${extname(path).slice(1)}`;
  for (const candidate of [join(folder, name), join(folder, "..", name)]) {
    try {
      const parts = await partsOfVtkFile(candidate);
      if (parts.some((part) => resolve(part) === resolve(path))) return candidate;
    } catch (error) {
      // Another file that happens to have this name says nothing about this one.
      if (!(error instanceof DataError)) throw error;
    }
  }
  return undefined;
}

function stemOf(path: string): string {
  return basename(path, extname(path));
}
