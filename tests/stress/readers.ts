/**
 * The readers of untrusted files, with undamaged files.
 *
 * @module
 */

import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DataError } from "../../errors.ts";
import { readMatlab } from "../../io/matlab.ts";
import type { FileMesh } from "../../io/mesh_file/mesh_file.ts";
import { openMeshFile } from "../../io/mesh_file/open_mesh_file.ts";
import { createMeshStore, type MeshStore, openMeshStore } from "../../io/mesh_store.ts";
import { decodeUntrustedRecordBatches } from "../../io/record_batch.ts";
import { readSafetensors } from "../../io/safetensors.ts";
import { readTable } from "../../io/tables/read_table.ts";
import { readVtk } from "../../io/vtk/read_vtk.ts";
import { openEdgeList } from "../../pipeline/datasets/edge_list.ts";
import { readCaseFile } from "../../pipeline/training/case_file.ts";
import { readModelFile } from "../../pipeline/training/model_file.ts";

/** An undamaged file, or a store, which is a folder. */
export interface Original {
  readonly path: string;
  /** Everything that a program can read of the file, to be compared. */
  readonly read: (path: string) => Promise<unknown>;
  /** Whether checksums cover all of it, so that it reads unchanged or not at all. */
  readonly sealed: boolean;
}

/** A reader and the files that it is tested on. */
export interface Reader {
  readonly name: string;
  /** @param directory Where files may be written */
  originals(directory: string): Promise<readonly Original[]>;
}

const FIXTURES = fileURLToPath(new URL("../fixtures/", import.meta.url));

/** Fixtures of a folder whose names match. */
function fixturesOf(
  folder: string,
  pattern: RegExp,
  read: Original["read"],
  isSealed = (_: string) => false,
): Original[] {
  return [...Deno.readDirSync(join(FIXTURES, folder))].filter(({ name }) => pattern.test(name))
    .map(({ name }) => ({ path: join(FIXTURES, folder, name), read, sealed: isSealed(name) }))
    .sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Everything in a mesh store. */
async function readStore(path: string): Promise<unknown> {
  const store = await openMeshStore(path);
  return { attributes: store.attributes, samples: await readSamples(store) };
}

async function readSamples(store: MeshStore): Promise<readonly unknown[]> {
  const samples = [];
  for (let index = 0; index < store.sampleCount; index++) {
    samples.push(await store.read(index, { cells: store.attributes.cells === true }));
  }
  return samples;
}

/** Everything in the first sample of a file of meshes. */
async function readMeshFile(path: string): Promise<unknown> {
  return contentOf(await (await openMeshFile(path)).read(0));
}

/** The fields of the first sample of a file of plain arrays. */
async function readArrays(path: string): Promise<unknown> {
  // An array of NumPy is called after its file.
  const names: Readonly<Record<string, string>> = {
    ".npy": basename(path, ".npy"),
    ".npz": "a",
    ".hdf5": "nu",
    ".nc": "T",
    ".mat": "a",
  };
  const inputs = [names[extname(path)]];
  const options = { inputs, axes: ["sample", "x", "y"] };
  return contentOf(await (await openMeshFile(path, options)).read(0));
}

/** Everything in all time steps of a file or folder of meshes. */
async function readAllTimes(path: string): Promise<unknown> {
  const { samples, read } = await openMeshFile(path, { times: "all" });
  const contents = [];
  for (const index of samples.keys()) contents.push(contentOf(await read(index)));
  return contents;
}

function contentOf({ pointData, cellData, fieldData, ...mesh }: FileMesh) {
  const arrays = [pointData, cellData, fieldData].map(({ names, read }) =>
    names.map((name) => [name, read(name)])
  );
  return { ...mesh, path: "", arrays };
}

/** Files that name others, next to undamaged copies of these. */
function namingFiles(directory: string, folder: string, pattern: RegExp): readonly Original[] {
  const copy = (below: string) => {
    Deno.mkdirSync(join(directory, below), { recursive: true });
    for (const { name, isDirectory } of Deno.readDirSync(join(FIXTURES, folder, below))) {
      const path = join(below, name);
      if (isDirectory) copy(path);
      else if (!pattern.test(name)) {
        Deno.copyFileSync(join(FIXTURES, folder, path), join(directory, path));
      }
    }
  };
  copy("");
  return fixturesOf(folder, pattern, readMeshFile);
}

/** A store written by `createMeshStore()`, with cells of many types and chunks of many meshes. */
async function writeOwnStore(directory: string): Promise<string> {
  const path = join(directory, "own.zarr");
  const source = await openMeshStore(join(FIXTURES, "io/meshes/cells.arrow"));
  const writer = await createMeshStore(path, source.attributes, { chunkRows: 5, overwrite: true });
  for (let index = 0; index < source.sampleCount; index++) {
    await writer.add(await source.read(index, { cells: true }));
  }
  await writer.close();
  return path;
}

/** The columns of a table; those that hold neither numbers nor texts, or miss values, as errors. */
async function readColumns(path: string): Promise<unknown> {
  const table = await readTable(path);
  return Object.fromEntries(table.names.map((name) => {
    const column = table.holdsNumbers(name) ? () => table.tuples(name) : () => table.texts(name);
    try {
      return [name, column()];
    } catch (error) {
      if (!REFUSED_COLUMNS.includes(name)) throw error;
      return [name, undefined];
    }
  }));
}

/** Columns of the fixtures that are refused. */
const REFUSED_COLUMNS = [
  "uneven",
  "missing",
  "missing_text",
  "missing_in_list",
  "not_finite",
  "too_large",
  "day",
  "record",
];

/** All rows of record batches. Their errors name no file. */
async function readRecordBatches(path: string): Promise<unknown> {
  const bytes = await Deno.readFile(path);
  try {
    return decodeUntrustedRecordBatches(bytes).map((batch) =>
      Array.from({ length: batch.rowCount }, (_, row) => batch.row(row))
    );
  } catch (error) {
    const isOurs = (error instanceof SyntaxError || error instanceof TypeError) &&
      error.message.startsWith("Cannot decode ");
    throw isOurs ? new DataError(error.message, { cause: error }) : error;
  }
}

const NODE_TABLE = 'id,x,y,load,"the name"\n' +
  Array.from(
    { length: 12 },
    (_, i) => `n${i},${i / 8},${-i * i},${i * 1e-3},"node ""${i}"", last"\n`,
  ).join(
    "",
  );
const EDGE_TABLE = "sender;receiver\r\n" +
  Array.from({ length: 11 }, (_, i) => `n${i};n${i + 1}\r\n`).join("");

/** A table of nodes read with undamaged edges, or of edges with undamaged nodes. */
async function readGraph(directory: string, path: string): Promise<unknown> {
  const isNodes = basename(path).startsWith("nodes");
  const intact = join(directory, isNodes ? "intact_edges.csv" : "intact_nodes.csv");
  const [edges, nodes] = isNodes ? [intact, path] : [path, intact];
  return await readSamples(
    await openEdgeList(edges, nodes, { inputs: ["load"], position: ["x", "y"] }),
  );
}

async function writeTables(directory: string): Promise<readonly Original[]> {
  const paths = ["nodes.csv", "edges.csv", "intact_nodes.csv", "intact_edges.csv"].map((name) =>
    join(directory, name)
  );
  for (const [i, path] of paths.entries()) {
    await Deno.writeTextFile(path, i % 2 === 0 ? NODE_TABLE : EDGE_TABLE);
  }
  const read = (path: string) => readGraph(directory, path);
  return paths.slice(0, 2).map((path) => ({ path, read, sealed: false }));
}

/** Variables of the files that scipy wrote. */
const MATLAB_NAMES = [
  "single",
  "double",
  "row",
  "column",
  "scalar",
  "empty",
  "int8",
  "uint16",
  "int64",
  "logical",
];

/** All readers, by name. */
export const READERS: readonly Reader[] = [
  {
    // Bytes whose damage may go unnoticed: none: every byte that matters has a checksum.
    name: "zarr",
    async originals(directory) {
      return [{ path: await writeOwnStore(directory), read: readStore, sealed: true }];
    },
  },
  {
    // Bytes whose damage may go unnoticed: attributes, metadata and values, as far as they are
    // whole, finite and fit each other.
    name: "foreign zarr",
    originals: () =>
      Promise.resolve(fixturesOf("io/meshes", /^v[23]_(?!sharded).*\.zarr$/, readStore)),
  },
  {
    // Bytes whose damage may go unnoticed: none that matters: zip has a checksum of every file,
    // except for dates and comments. Attributes of shards, which are read in part, and values.
    name: "zipped zarr",
    originals: () =>
      Promise.resolve(fixturesOf(
        "io/zarr",
        /^(codecs_v3|far|shards)\.zarr\.zip$/,
        readStore,
      )),
  },
  {
    // Bytes whose damage may go unnoticed: names, tags and values: the format has no checksums.
    name: "gmsh",
    originals: () => Promise.resolve(fixturesOf("io/gmsh", /\.msh$/, readMeshFile)),
  },
  {
    // Bytes whose damage may go unnoticed: names and values of text; binary files are compressed,
    // with a checksum.
    name: "openfoam",
    originals: () =>
      Promise.resolve(fixturesOf("io/openfoam", /^(cavity_binary|dual)$/, readAllTimes)),
  },
  {
    // Bytes whose damage may go unnoticed: attributes and values, as far as they fit each other:
    // the format has no checksums.
    name: "arrow",
    originals: () =>
      Promise.resolve([
        ...fixturesOf("io/meshes", /\.arrow$/, readStore),
        ...fixturesOf("io/arrow", /^(dictionary|int64)\.arrows$/, readColumns),
        ...fixturesOf("io/arrow", /^(rows|two_batches)\.arrows?$/, readRecordBatches),
        ...fixturesOf("flow_cases/graphs", /\.(arrow|feather)$/, readColumns),
        ...fixturesOf(
          "io/tables",
          /^(types.*\.feather|polars.*\.arrow|views\.arrows)$/,
          readColumns,
        ),
      ]),
  },
  {
    // Bytes whose damage may go unnoticed: names, texts and finite values, as far as their pages
    // are whole: their checksums are optional, and writers leave them out.
    name: "parquet",
    originals: () => Promise.resolve(fixturesOf("io/tables", /\.parquet$/, readColumns)),
  },
  {
    // Bytes whose damage may go unnoticed: names, texts and values: the format has no checksums.
    name: "safetensors",
    originals: () =>
      Promise.resolve([
        ...fixturesOf(
          "io/safetensors",
          /^(converted|written)_types\.safetensors$/,
          readSafetensors,
        ),
        ...fixturesOf("models", /\.safetensors$/, readSafetensors),
      ]),
  },
  {
    // Bytes whose damage may go unnoticed: names, texts and finite values: the format has no
    // checksums.
    name: "model files",
    originals: () => Promise.resolve(fixturesOf("models", /\.safetensors$/, readModelFile)),
  },
  {
    // Bytes whose damage may go unnoticed: options and finite values: the format has no checksums.
    name: "case files",
    originals: () =>
      Promise.resolve(
        fixturesOf(
          "cases",
          /^(tiny|gcn_one_layer|widths_of_one|repeated_and_self).*s$/,
          readCaseFile,
        ),
      ),
  },
  {
    // Bytes whose damage may go unnoticed: values of variables that are not compressed; compressed
    // ones have a checksum.
    name: "mat v5",
    originals: () =>
      Promise.resolve(
        fixturesOf(
          "io/matlab",
          /^scipy.*\.mat$/,
          (path) => readMatlab(path, MATLAB_NAMES),
          (name) => name.includes("compressed"),
        ),
      ),
  },
  {
    // Bytes whose damage may go unnoticed: names, shapes and values: HDF5 has checksums for
    // compressed values only.
    name: "mat v7.3",
    originals: () =>
      Promise.resolve([
        ...fixturesOf("io/matlab", /^v73\.mat$/, (path) => readMatlab(path, MATLAB_NAMES)),
        ...fixturesOf("io/matlab", /^plain\.h5$/, (path) => readMatlab(path, ["single"])),
      ]),
  },
  {
    // Bytes whose damage may go unnoticed: names and values; compressed ones only together with
    // their sizes.
    name: "vtu",
    originals: () => Promise.resolve(fixturesOf("vtk", /^cells_(?!inline_lzma).*\.vtu$/, readVtk)),
  },
  {
    // Bytes whose damage may go unnoticed: names and values; compressed ones only together with
    // their sizes.
    name: "vtp",
    originals: () => Promise.resolve(fixturesOf("vtk", /\.vtp$/, readVtk)),
  },
  {
    // Bytes whose damage may go unnoticed: names and values, and of grids where they are;
    // compressed ones only together with their sizes.
    name: "vtk grids",
    originals: () =>
      Promise.resolve(fixturesOf("vtk/meshes", /\.(vt[irs])$|^polyhedra\w*\.vtu$/, readMeshFile)),
  },
  {
    // Bytes whose damage may go unnoticed: times and attributes that are not read.
    name: "vtk pieces and series",
    originals: (directory) =>
      Promise.resolve(namingFiles(directory, "vtk/meshes", /\.(pvt\w|vtm|vtpc|pvd)$/)),
  },
  {
    // Bytes whose damage may go unnoticed: names and values; the format has no checksums.
    name: "vtk legacy",
    originals: () => Promise.resolve(fixturesOf("vtk/legacy", /\.vtk$/, readMeshFile)),
  },
  {
    // Bytes whose damage may go unnoticed: names and values; HDF5 has checksums for compressed
    // values only.
    name: "xdmf",
    originals: (directory) => Promise.resolve(namingFiles(directory, "xdmf", /\.x\w*mf$/)),
  },
  {
    // Bytes whose damage may go unnoticed: values, shapes of equal size, dates in zip archives;
    // .npy and HDF5 without compression have no checksums.
    name: "plain arrays",
    originals: () =>
      Promise.resolve(
        fixturesOf("io/arrays", /^(grids|plain|fortran|pdebench|c_order|scipy)/, readArrays),
      ),
  },
  {
    // Bytes whose damage may go unnoticed: names, texts and finite numbers: the format has no
    // checksums.
    name: "csv",
    originals: writeTables,
  },
];

/** The name of a copy to damage, of the same kind. */
export function copyName(path: string): string {
  const extension = extname(path);
  return basename(path, extension).replace(/^(nodes|edges)?.*/, "$1damaged") + extension;
}
