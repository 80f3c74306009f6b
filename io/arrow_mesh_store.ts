/**
 * Mesh stores in one Arrow IPC file: a row per mesh with `id`, `position`, a list of float32 per
 * field and, if meshes have cells, lists of uint32 `cellConnectivity`, `cellOffsets`
 * (`[cells + 1]`) and `cellTypes`. The metadata of the schema hold the attributes as JSON.
 *
 * @module
 */

import { DataError, messageOf } from "../errors.ts";
import { writeArrow } from "./arrow_ipc.ts";
import { writeError, writeFileAtomically, type WriteOptions } from "./atomic_write.ts";
import { columnsOfRows } from "./columns.ts";
import {
  checkHasCells,
  checkNodeCount,
  checkSample,
  checkSampleIndex,
  checkSampleLists,
  checkSplits,
  MESH_FORMAT,
  type MeshSample,
  type MeshStore,
  type MeshStoreHeader,
  parseMeshAttributes,
  parseMeshStoreHeader,
  readsCells,
  splitOf,
} from "./mesh_attributes.ts";
import type { MeshCells } from "./mesh_cells.ts";
import { parseJson } from "./json_text.ts";
import { decodeUntrustedRecordBatches, type RecordBatch } from "./record_batch.ts";
import type { ColumnType, NumericType, Row, Schema } from "./schema.ts";
import { readWholeFile } from "./whole_file.ts";

/** Key of the attributes in the schema metadata. */
const ATTRIBUTES_KEY = "haloflow:meshes";

const CELL_COLUMNS = ["cellConnectivity", "cellOffsets", "cellTypes"] as const;

/** Opens an Arrow file or stream of meshes; it stays in memory, which samples share. */
export async function openArrowMeshStore(path: string): Promise<MeshStore> {
  const batches = await readBatches(path);
  const json = batches[0]?.metadata[ATTRIBUTES_KEY];
  if (json === undefined) {
    throw new DataError(
      `Cannot open "${path}": its schema metadata must have "${ATTRIBUTES_KEY}"`,
    );
  }
  const attributes = parseMeshAttributes(parseAttributes(json, path), path);
  if (attributes.format !== MESH_FORMAT) {
    throw new DataError(
      `Cannot open "${path}": its format must be ${MESH_FORMAT}, it is ${attributes.format}`,
    );
  }
  const { dimensions, fields } = attributes;
  const columns = ["position", ...Object.keys(fields)];
  checkColumns(batches[0].schema, columns, ["float32", "float64"], path);
  if (attributes.cells) checkColumns(batches[0].schema, CELL_COLUMNS, ["uint32"], path);
  const rows = batches.flatMap((batch) =>
    Array.from({ length: batch.rowCount }, (_, row) => ({ batch, row }))
  );
  const ids = rows.map(({ batch, row }) => batch.value("id", row));
  if (ids.length !== attributes.ids.length || ids.some((id, i) => id !== attributes.ids[i])) {
    throw new DataError(
      `Cannot open "${path}": the ids of its rows must be those of its attributes, ` +
        `${ids.length} rows for ${attributes.ids.length} ids`,
    );
  }
  const positions = batches.reduce((total, batch) => total + batch.values("position").length, 0);
  checkNodeCount(attributes, positions / dimensions, path);
  return {
    path,
    attributes,
    sampleCount: rows.length,
    nodeCounts: rows.map(({ batch, row }) =>
      Math.floor(batch.list("position", row).length / dimensions)
    ),
    split: (name) => splitOf(attributes, name, path),
    // deno-lint-ignore require-await
    async read(index, options = {}) {
      checkSampleIndex(index, rows.length, path);
      const { batch, row } = rows[index];
      const read = (name: string) => toFloat32(batch.list(name, row));
      const position = read("position");
      const withCells = readsCells(attributes, options, path);
      const nodes: MeshSample = {
        id: attributes.ids[index],
        dimensions,
        nodeCount: Math.floor(position.length / dimensions),
        position,
        fields: Object.fromEntries(Object.keys(fields).map((name) => [name, read(name)])),
      };
      const sample = withCells ? { ...nodes, cells: readCells(batch, row) } : nodes;
      checkSample(attributes, sample, `sample ${index} ("${sample.id}")`, path);
      return sample;
    },
  };
}

/**
 * Writes meshes as one Arrow IPC file, a record batch per mesh.
 *
 * It is assembled in memory; `createMeshStore` writes data sets that do not fit.
 *
 * @throws {UserError} If `path` exists and `overwrite` is not set
 * @throws {DataError} If the attributes or a sample are invalid, or the disk is full
 */
export async function writeArrowMeshes(
  path: string,
  header: MeshStoreHeader,
  samples: Iterable<MeshSample> | AsyncIterable<MeshSample>,
  options: WriteOptions = {},
): Promise<void> {
  const checked = parseMeshStoreHeader(header, path);
  const listsOf = (names: readonly string[], type: NumericType) =>
    Object.fromEntries(names.map((name) => [name, { list: type }]));
  const schema: Schema = {
    name: "mesh",
    columns: {
      id: "utf8",
      ...listsOf(["position", ...Object.keys(checked.fields)], "float32"),
      ...listsOf(checked.cells ? CELL_COLUMNS : [], "uint32"),
    },
  };
  const ids: string[] = [];
  const rows = [];
  let nodeCount = 0;
  for await (const sample of samples) {
    const what = `sample ${ids.length} ("${sample.id}")`;
    checkSample(checked, sample, what, path);
    checkHasCells(checked, sample, what, path);
    const { id, position, fields, cells } = sample;
    const cellColumns = cells ? cellRow(cells) : {};
    rows.push(columnsOfRows(schema, [{ id, position, ...fields, ...cellColumns }]));
    ids.push(id);
    nodeCount += sample.nodeCount;
  }
  if (ids.length === 0) throw new DataError(`Cannot write "${path}": it has no samples`);
  checkSampleLists(checked, ids.length, `Cannot write "${path}"`);
  checkSplits(checked.splits, ids.length, `Cannot write "${path}"`);
  const metadata = {
    [ATTRIBUTES_KEY]: JSON.stringify({ format: MESH_FORMAT, ...checked, ids, nodeCount }),
  };
  const bytes = writeArrow(rows.map((columns) => ({ columns, rowCount: 1, metadata })), "file");
  try {
    await writeFileAtomically(path, bytes, options);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

async function readBatches(path: string): Promise<RecordBatch[]> {
  const bytes = await readWholeFile(path);
  try {
    return decodeUntrustedRecordBatches(bytes);
  } catch (cause) {
    throw new DataError(`Cannot open "${path}": ${messageOf(cause)}`, { cause });
  }
}

function parseAttributes(text: string, path: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new DataError(
      `Cannot open "${path}": its attributes are not JSON: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function checkColumns(
  { columns }: Schema,
  names: readonly string[],
  types: readonly NumericType[],
  path: string,
): void {
  const isList = (type: ColumnType | undefined) =>
    typeof type === "object" && "list" in type && types.some((element) => type.list === element);
  if (columns.id !== "utf8") {
    throw new DataError(`Cannot open "${path}": column "id" must be utf8`);
  }
  for (const name of names) {
    if (!isList(columns[name])) {
      throw new DataError(
        `Cannot open "${path}": column "${name}" must be a list of ${types.join(" or ")}`,
      );
    }
  }
}

function cellRow({ connectivity, offsets, types }: MeshCells): Row {
  return {
    cellConnectivity: connectivity,
    cellOffsets: offsets,
    cellTypes: Uint32Array.from(types),
  };
}

function readCells(batch: RecordBatch, row: number): MeshCells {
  return {
    connectivity: batch.list("cellConnectivity", row, "uint32"),
    offsets: batch.list("cellOffsets", row, "uint32"),
    types: Uint8Array.from(batch.list("cellTypes", row, "uint32")),
  };
}

function toFloat32(values: ReturnType<RecordBatch["list"]>): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}
