/**
 * The readers of files that are not trusted, with whole files to damage.
 *
 * @module
 */

import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DataError } from "../../errors.ts";
import { readMatlab } from "../../io/matlab.ts";
import { createMeshStore, type MeshStore, openMeshStore } from "../../io/mesh_store.ts";
import { decodeUntrustedRecordBatches } from "../../io/record_batch.ts";
import { readSafetensors } from "../../io/safetensors.ts";
import { readTable } from "../../io/table.ts";
import { readVtk } from "../../io/vtk/read_vtk.ts";
import { openEdgeList } from "../../pipeline/datasets/edge_list.ts";
import { readCaseFile } from "../../pipeline/training/case_file.ts";
import { readModelFile } from "../../pipeline/training/model_file.ts";

/** A whole file, or a store that is a folder. */
export interface Original {
  readonly path: string;
  /** All that a program gets to see of a file, to be compared. */
  readonly read: (path: string) => Promise<unknown>;
  /** Whether checksums cover all of it: then it reads as it was, or not at all. */
  readonly sealed: boolean;
}

/** A reader, and what it is tested on. */
export interface Reader {
  readonly name: string;
  /** The bytes that may change what is read, as the format has no checksum for them. */
  readonly free: string;
  /** @param directory Where files may be made */
  originals(directory: string): Promise<readonly Original[]>;
}

const fixtures = fileURLToPath(new URL("../../tests/fixtures/", import.meta.url));

/** Fixtures of a folder whose names match. */
function fixturesOf(
  folder: string,
  pattern: RegExp,
  read: Original["read"],
  isSealed = (_: string) => false,
): Original[] {
  return [...Deno.readDirSync(join(fixtures, folder))].filter(({ name }) => pattern.test(name))
    .map(({ name }) => ({ path: join(fixtures, folder, name), read, sealed: isSealed(name) }))
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

/** A store of ours with cells of many types, in chunks that meshes share and fill up. */
async function writeOwnStore(directory: string): Promise<string> {
  const path = join(directory, "own.zarr");
  const source = await openMeshStore(join(fixtures, "io/meshes/cells.arrow"));
  const writer = await createMeshStore(path, source.attributes, { chunkRows: 5, overwrite: true });
  for (let index = 0; index < source.sampleCount; index++) {
    await writer.add(await source.read(index, { cells: true }));
  }
  await writer.close();
  return path;
}

async function readColumns(path: string): Promise<unknown> {
  const table = await readTable(path);
  return Object.fromEntries(table.names.map((name) => [name, table.texts(name)]));
}

/** All rows of record batches, which stages send each other; no file is named in their errors. */
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

const nodeTable = 'id,x,y,load,"the name"\n' +
  Array.from(
    { length: 12 },
    (_, i) => `n${i},${i / 8},${-i * i},${i * 1e-3},"node ""${i}"", last"\n`,
  ).join(
    "",
  );
const edgeTable = "sender;receiver\r\n" +
  Array.from({ length: 11 }, (_, i) => `n${i};n${i + 1}\r\n`).join("");

/** A table of nodes read with whole edges, or of edges with whole nodes. */
async function readGraph(directory: string, path: string): Promise<unknown> {
  const isNodes = basename(path).startsWith("nodes");
  const whole = join(directory, isNodes ? "whole_edges.csv" : "whole_nodes.csv");
  const [edges, nodes] = isNodes ? [whole, path] : [path, whole];
  return await readSamples(await openEdgeList(edges, nodes, { inputs: ["load"] }));
}

async function writeTables(directory: string): Promise<readonly Original[]> {
  const paths = ["nodes.csv", "edges.csv", "whole_nodes.csv", "whole_edges.csv"].map((name) =>
    join(directory, name)
  );
  for (const [i, path] of paths.entries()) {
    await Deno.writeTextFile(path, i % 2 === 0 ? nodeTable : edgeTable);
  }
  const read = (path: string) => readGraph(directory, path);
  return paths.slice(0, 2).map((path) => ({ path, read, sealed: false }));
}

/** Variables of the files that scipy wrote. */
const matlabNames = [
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
export const readers: readonly Reader[] = [
  {
    name: "zarr",
    free: "none: every byte that matters has a checksum",
    async originals(directory) {
      return [{ path: await writeOwnStore(directory), read: readStore, sealed: true }];
    },
  },
  {
    name: "foreign zarr",
    free: "attributes, metadata and values, as far as they are whole, finite and fit each other",
    originals: () =>
      Promise.resolve(fixturesOf("io/meshes", /^v[23]_(?!sharded).*\.zarr$/, readStore)),
  },
  {
    name: "arrow",
    free: "attributes and values, as far as they fit each other: the format has no checksums",
    originals: () =>
      Promise.resolve([
        ...fixturesOf("io/meshes", /\.arrow$/, readStore),
        ...fixturesOf("io/arrow", /^(dictionary|int64)\.arrows$/, readColumns),
        ...fixturesOf("io/arrow", /^(rows|two_batches)\.arrows?$/, readRecordBatches),
        ...fixturesOf("flow_cases/graphs", /\.(arrow|feather)$/, readColumns),
      ]),
  },
  {
    name: "safetensors",
    free: "names, texts and values: the format has no checksums",
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
    name: "model files",
    free: "names, texts and finite values: the format has no checksums",
    originals: () => Promise.resolve(fixturesOf("models", /\.safetensors$/, readModelFile)),
  },
  {
    name: "case files",
    free: "options and finite values: the format has no checksums",
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
    name: "mat v5",
    free: "values of variables that are not compressed; compressed ones have a checksum",
    originals: () =>
      Promise.resolve(
        fixturesOf(
          "io/matlab",
          /^scipy.*\.mat$/,
          (path) => readMatlab(path, matlabNames),
          (name) => name.includes("compressed"),
        ),
      ),
  },
  {
    name: "mat v7.3",
    free: "names, shapes and values: HDF5 has checksums for compressed values only",
    originals: () =>
      Promise.resolve([
        ...fixturesOf("io/matlab", /^v73\.mat$/, (path) => readMatlab(path, matlabNames)),
        ...fixturesOf("io/matlab", /^plain\.h5$/, (path) => readMatlab(path, ["single"])),
      ]),
  },
  {
    name: "vtu",
    free: "names and values; compressed ones only together with their sizes",
    originals: () => Promise.resolve(fixturesOf("vtk", /^cells_(?!inline_lzma).*\.vtu$/, readVtk)),
  },
  {
    name: "vtp",
    free: "names and values; compressed ones only together with their sizes",
    originals: () => Promise.resolve(fixturesOf("vtk", /\.vtp$/, readVtk)),
  },
  {
    name: "csv",
    free: "names, texts and finite numbers: the format has no checksums",
    originals: writeTables,
  },
];

/** The name of a copy to damage, of the same kind. */
export function copyName(path: string): string {
  return `${basename(path, extname(path)).replace(/^(nodes|edges)?.*/, "$1damaged")}${
    extname(path)
  }`;
}
