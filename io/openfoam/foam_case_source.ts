/**
 * Cases of OpenFOAM as sources: the folder of a case with its mesh in `constant/polyMesh` and one
 * folder of fields per time. The times are samples of one case.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { DataError } from "../../errors.ts";
import { ifPresent } from "../if_present.ts";
import { gatherTuples, lazyArrays } from "../mesh_file/lazy_arrays.ts";
import type { FileArray, FileMesh, MeshSource, SourceOptions } from "../mesh_file/mesh_file.ts";
import { selectSteps, stepNotes } from "../mesh_file/time_steps.ts";
import {
  countCells,
  type FoamMesh,
  type FoamPatch,
  planeCells,
  type PlaneMesh,
  spaceCells,
} from "./foam_cells.ts";
import { isFoamList, type ParsedDictionary, type ParsedValue } from "./foam_file_parser.ts";
import {
  findFoamFile,
  foamClass,
  foamName,
  parseFoamFile,
  parseFoamFileSync,
} from "./foam_files.ts";
import { unitOfDimensions } from "./foam_units.ts";

const FORMAT = "OpenFOAM case";
const PART_NAME = /^processors?\d+/;
const TIME_NAME = /^-?\d+(\.\d*)?(e[-+]?\d+)?$/i;

/** Components of fields by the type in their class, such as `volVectorField`. */
const COMPONENTS: Readonly<Record<string, number>> = {
  Scalar: 1,
  SphericalTensor: 1,
  Vector: 3,
  SymmTensor: 6,
  Tensor: 9,
};

/** A folder of fields. */
interface TimeFolder {
  readonly time: number;
  readonly path: string;
}

/** A field of a time. */
interface FieldFile {
  readonly name: string;
  readonly path: string;
  readonly place: "vol" | "point";
  readonly components: number;
}

/**
 * Opens a case.
 *
 * @param path Its folder, or the empty `.foam` file in it that ParaView opens
 * @throws {DataError} If it has no mesh or no times, or they are in parts
 */
export async function openFoamCase(
  path: string,
  { times: choice }: SourceOptions,
): Promise<MeshSource> {
  const folder = (await Deno.stat(path)).isDirectory ? path : dirname(path);
  const folders = await timeFolders(folder);
  await refuseParts(folder, folders);
  const times = folders.map(({ time }) => time);
  const steps = selectSteps(folder, times, choice);
  const stem = basename(resolve(folder));
  const files: string[] = [path];
  for (const step of steps) {
    files.push(...Object.values(await meshFiles(folder, folders, times[step])));
    files.push(...(await fieldFiles(folders[step].path)).map((field) => field.path));
  }
  return {
    path,
    format: FORMAT,
    samples: steps.map((step) => ({
      id: steps.length === 1 && choice !== "all" ? stem : `${stem}_t${times[step]}`,
      group: stem,
      time: times[step],
    })),
    files: [...new Set(files)],
    notes: stepNotes(stem, times, steps),
    read: (index) => readTime(folder, folders, steps[index]),
  };
}

/** The folders of times with fields, by time. */
async function timeFolders(folder: string): Promise<TimeFolder[]> {
  const found: TimeFolder[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile || !TIME_NAME.test(name)) continue;
    const path = join(folder, name);
    if ((await fieldFiles(path)).length > 0) found.push({ time: Number(name), path });
  }
  return found.sort((a, b) => a.time - b.time);
}

/** Throws unless the case has a mesh and times. */
async function refuseParts(folder: string, folders: readonly TimeFolder[]): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  if (PART_NAME.test(basename(resolve(folder)))) {
    const parent = dirname(resolve(folder));
    throw new DataError(
      `Cannot read "${folder}": it is the part of one processor; join the parts and name the ` +
        `folder of the case: reconstructPar -case "${parent}"`,
    );
  }
  const isDecomposed = names.some((name) => PART_NAME.test(name));
  const hasMesh = await findFoamFile(join(folder, "constant", "polyMesh"), "faces");
  const isSolved = folders.some(({ time }) => time !== 0);
  if (isDecomposed && !(hasMesh && isSolved)) {
    throw new DataError(
      `Cannot read "${folder}": its results are in parts, one per processor; join them: ` +
        `reconstructPar -case "${folder}"`,
    );
  }
  if (!hasMesh) {
    const regions = await regionsOf(folder);
    throw new DataError(
      `Cannot read "${folder}": it has no mesh in constant/polyMesh; ` +
        (regions.length > 0
          ? `its regions ${regions.join(", ")} are not read: convert one by foamToVTK -region NAME`
          : "create it (blockMesh, snappyHexMesh, ...) or name the folder of the case"),
    );
  }
  if (folders.length === 0) {
    throw new DataError(
      `Cannot read "${folder}": it has no folder of a time with fields; solve the case first`,
    );
  }
}

async function regionsOf(folder: string): Promise<string[]> {
  const regions: string[] = [];
  const constant = join(folder, "constant");
  if (await ifPresent(Deno.stat(constant)) === undefined) return [];
  for await (const { name, isDirectory } of Deno.readDir(constant)) {
    if (isDirectory && await findFoamFile(join(constant, name, "polyMesh"), "faces")) {
      regions.push(name);
    }
  }
  return regions.sort();
}

/** The fields in a folder, by name. */
async function fieldFiles(folder: string): Promise<FieldFile[]> {
  const fields: FieldFile[] = [];
  const names = (await Array.fromAsync(Deno.readDir(folder))).filter(({ isDirectory }) =>
    !isDirectory
  ).map(({ name }) => name).sort();
  for (const name of names) {
    const path = join(folder, name);
    if (!(await Deno.stat(path)).isFile) continue;
    const [, place, type] = /^(vol|point)(\w+)Field$/.exec(await foamClass(path) ?? "") ?? [];
    if (place === undefined || !Object.hasOwn(COMPONENTS, type)) continue;
    fields.push({
      name: foamName(name),
      path,
      place: place as FieldFile["place"],
      components: COMPONENTS[type],
    });
  }
  return fields;
}

/** The files of the mesh at a time: a mesh that moves or changes has some of them per time. */
async function meshFiles(folder: string, folders: readonly TimeFolder[], time: number) {
  const places = folders.filter((other) => other.time <= time).map(({ path }) => path).reverse();
  const find = async (name: string): Promise<string> => {
    for (const place of [...places, join(folder, "constant")]) {
      const path = await findFoamFile(join(place, "polyMesh"), name);
      if (path !== undefined) return path;
    }
    throw new DataError(`Cannot read "${folder}": file "constant/polyMesh/${name}" is missing`);
  };
  return {
    points: await find("points"),
    faces: await find("faces"),
    owner: await find("owner"),
    neighbour: await find("neighbour"),
    boundary: await find("boundary"),
  };
}

async function readMesh(
  folder: string,
  folders: readonly TimeFolder[],
  time: number,
): Promise<FoamMesh> {
  const paths = await meshFiles(folder, folders, time);
  const read = <T>(path: string, parse: Parameters<typeof parseFoamFile<T>>[1]) =>
    parseFoamFile(path, (parser) => {
      parser.header();
      return parse(parser);
    });
  const { nodes, offsets } = await read(paths.faces, (parser) => parser.faces());
  const mesh = {
    points: await read(paths.points, (parser) => parser.points()),
    faceNodes: nodes,
    faceOffsets: offsets,
    owner: await read(paths.owner, (parser) => parser.labels()),
    neighbour: await read(paths.neighbour, (parser) => parser.labels()),
    patches: patchesOf(await read(paths.boundary, (parser) => parser.dictionaries())),
  };
  checkMesh(mesh, folder);
  return mesh;
}

function patchesOf(entries: ReadonlyMap<string, ParsedDictionary>): FoamPatch[] {
  return [...entries].map(([name, { type, startFace, nFaces }]) => ({
    name,
    type: String(type),
    start: Number(startFace),
    count: Number(nFaces),
  }));
}

/** Throws unless the parts of a mesh match each other. */
function checkMesh(mesh: FoamMesh, folder: string): void {
  const { points, faceNodes, faceOffsets, owner, neighbour, patches } = mesh;
  const fail = (reason: string) => {
    throw new DataError(`Cannot read the mesh of "${folder}": ${reason}`);
  };
  const pointCount = points.length / 3;
  const faceCount = faceOffsets.length - 1;
  if (faceOffsets[0] !== 0 || faceOffsets[faceCount] !== faceNodes.length) {
    fail(`faces must have ${faceNodes.length} nodes, their offsets end at ${faceOffsets.at(-1)}`);
  }
  for (let face = 0; face < faceCount; face++) {
    if (faceOffsets[face + 1] < faceOffsets[face] + 3) {
      fail(`a face must have at least 3 nodes, face ${face} has fewer`);
    }
  }
  const outside = faceNodes.findIndex((node) => node >= pointCount);
  if (outside >= 0) {
    fail(`nodes of faces must be below ${pointCount}, received ${faceNodes[outside]}`);
  }
  if (owner.length !== faceCount || neighbour.length > faceCount) {
    fail(
      `each of ${faceCount} faces must have an owner and inner ones a neighbour, there are ` +
        `${owner.length} and ${neighbour.length}`,
    );
  }
  const cells = countCells(mesh);
  if (cells > faceCount) fail(`cells must be numbered without gaps, ${cells - 1} is too high`);
  const bad = points.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) fail(`points must be finite, point ${Math.floor(bad / 3)} has ${points[bad]}`);
  for (const { name, start, count } of patches) {
    if (Number.isInteger(start) && Number.isInteger(count) && start + count <= faceCount) continue;
    fail(`patch "${name}" must be within ${faceCount} faces`);
  }
}

async function readTime(
  folder: string,
  folders: readonly TimeFolder[],
  step: number,
): Promise<FileMesh> {
  const { time, path } = folders[step];
  const mesh = await readMesh(folder, folders, time);
  const plane = planeCells(mesh);
  const cellCount = countCells(mesh);
  const pointCount = mesh.points.length / 3;
  const fields = await fieldFiles(path);
  const cellReaders = new Map<string, () => FileArray>();
  const pointReaders = new Map<string, () => FileArray>();
  for (const field of fields) {
    const isCell = field.place === "vol";
    const reader = () => {
      const values = readField(field, isCell ? cellCount : pointCount);
      return isCell || plane === undefined ? values : gatherTuples(values, plane.nodes);
    };
    (isCell ? cellReaders : pointReaders).set(field.name, reader);
  }
  return {
    path: folder,
    pointCount: plane?.nodes.length ?? pointCount,
    points: pointsOf(mesh, plane),
    axes: 3,
    cells: plane?.cells ?? spaceCells(mesh),
    pointData: lazyArrays(path, pointReaders),
    cellData: lazyArrays(path, cellReaders),
    fieldData: lazyArrays(path, new Map()),
    notes: notesOf(mesh, plane),
  };
}

function pointsOf({ points }: FoamMesh, plane: PlaneMesh | undefined): Float64Array {
  if (plane === undefined) return points;
  const { values } = gatherTuples({ values: points, components: 3 }, plane.nodes);
  return values as Float64Array;
}

function notesOf({ patches }: FoamMesh, plane: PlaneMesh | undefined): string[] {
  const names = patches.filter(({ type }) => type === "empty").map(({ name }) => `"${name}"`);
  const notes: string[] = [];
  if (plane) {
    notes.push(`read one layer of cells as the plane of the empty patch ${names.join(", ")}`);
  }
  const wedges = patches.filter(({ type }) => type === "wedge").map(({ name }) => `"${name}"`);
  if (wedges.length > 0) {
    notes.push(`the mesh is a wedge between ${wedges.join(", ")}, read as a mesh in space`);
  }
  return notes;
}

/** The values of a field [count, components]. */
function readField({ path, components }: FieldFile, count: number): FileArray {
  const entries = parseFoamFileSync(path, (parser) => parser.parse("internalField"));
  const values = spread(entries.internalField, components, count, path);
  return { values, components, unit: unitOfDimensions(entries.dimensions) };
}

function spread(
  field: ParsedValue | undefined,
  components: number,
  count: number,
  path: string,
): Float64Array {
  const text = typeof field === "string"
    ? /^uniform\s+\(?([^()]+)\)?$/.exec(field)?.[1]
    : undefined;
  const values = isFoamList(field)
    ? field.values
    : text === undefined
    ? undefined
    : Float64Array.from(text.trim().split(/\s+/), Number);
  if (values !== undefined && isFoamList(field) && values.length === count * components) {
    return values;
  }
  const isUniform = text !== undefined && values?.length === components;
  if (isUniform && values.every((value) => !Number.isNaN(value))) {
    return Float64Array.from({ length: count * components }, (_, i) => values[i % components]);
  }
  const found = values === undefined || values.some(Number.isNaN)
    ? `"${String(typeof field === "string" ? field.slice(0, 40) : "none")}"`
    : `${values.length} numbers`;
  throw new DataError(
    `Cannot read "${path}": its internalField must hold ${count} values of ${components} ` +
      `components, found ${found}`,
  );
}
