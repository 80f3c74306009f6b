/**
 * Any graph as a data set, from a table of edges and a table of nodes.
 *
 * @module
 */

import { DataError, UserError } from "../../errors.ts";
import {
  fieldOffset,
  joinRanges,
  positionOrigin,
  type Ranges,
  rangesOf,
} from "../../io/float_frame.ts";
import { uniformCells } from "../../io/mesh_cells.ts";
import type { FieldInfo, MeshStore, MeshStoreHeader } from "../../io/mesh_store.ts";
import { readTable, type Table } from "../../io/tables/read_table.ts";
import { breadthFirstOrder } from "../graph/breadth_first.ts";
import { type GraphColumns, graphsOfTables, type TableGraph } from "./graphs/graph_tables.ts";
import { openLazyStore } from "./lazy_store.ts";
import { splitSamples, type SplitShares } from "./splits.ts";
import { fieldNames } from "./stored_names.ts";

/** Meaning of the columns. */
export interface EdgeListOptions extends GraphColumns {
  /** Columns of the node table that a network reads. */
  readonly inputs?: readonly string[] | undefined;
  /** Columns that it predicts. */
  readonly targets?: readonly string[] | undefined;
  /**
   * Columns with the coordinates, or `["order"]` for positions on a line.
   *
   * @default those named x, y and z, if inputs or targets are named and are other columns
   */
  readonly position?: readonly string[] | undefined;
  /** Sizes of the splits. @default three quarters, a twentieth, a fifth */
  readonly shares?: SplitShares | undefined;
}

const AXIS_NAMES = ["x", "y", "z"];

/** Value of `position` for the breadth-first order of the nodes. */
const ORDER = "order";

/**
 * Reads graphs as a mesh store: their edges are line cells from sender to receiver, which the
 * `sample` stage takes with `edges: "given"`.
 *
 * Fields are the columns in `inputs` and `targets`, or by default all other columns of numbers,
 * without a role. Characters that a field name cannot have become `_`. Other columns of the edges
 * are ignored.
 *
 * Edges refer to nodes by the column `id` or `node` of the node table, or by row numbers if it has
 * neither. If both tables have a column `graph`, each of its values is a sample. With positions
 * `["order"]`, the nodes of a graph lie on a line from 0 to 1 in breadth-first order, so that
 * `partition` cuts few edges.
 *
 * @param edgesPath Table of the edges: CSV, Parquet, or Arrow IPC (Feather)
 * @param nodesPath Table of the nodes
 * @throws {DataError} If a table or a column is missing, or an edge refers to an unknown node
 * @throws {UserError} If a column is both input and target, the coordinates are not clear, or no
 *   edge refers to row 0 and `firstRow` is not given
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openEdgeList } from "./edge_list.ts";
 *
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/edges.csv`, "sender,receiver\na,b\nc,b\n");
 * await Deno.writeTextFile(`${directory}/nodes.csv`, "id,load\na,1\nb,2\nc,5\n");
 * const files = [`${directory}/edges.csv`, `${directory}/nodes.csv`] as const;
 * const graphs = await openEdgeList(...files, {
 *   inputs: ["load"],
 *   position: ["order"],
 * });
 * const { cells, fields } = await graphs.read(0, { cells: true });
 * assert.deepEqual([...cells!.connectivity], [0, 1, 2, 1]);
 * assert.deepEqual([...fields.load], [1, 2, 5]);
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function openEdgeList(
  edgesPath: string,
  nodesPath: string,
  options: EdgeListOptions = {},
): Promise<MeshStore> {
  const { inputs = [], targets = [], undirected = false, shares } = options;
  const nodes = await readTable(nodesPath);
  const edges = await readTable(edgesPath);
  if (nodes.rowCount === 0) {
    throw new DataError(`Cannot use "${nodesPath}": it must have nodes, found none`);
  }
  const { graphs, reserved, notes } = graphsOfTables(nodes, edges, options);
  const coordinates = coordinatesOf(nodes, options);
  const fields = fieldsOf(nodes, { inputs, targets, reserved: [...coordinates, ...reserved] });
  const used = [...coordinates, ...fields.map(({ column }) => column)];
  const columns = new Map(used.map((name) => [name, nodes.numbers(name)]));
  const frame = frameOf(coordinates.map((name) => columns.get(name)!), graphs);
  // Rounded only relative to what all rows have in common.
  const rowsOf = (graph: TableGraph, names: readonly string[], offsets?: readonly number[]) => {
    const values = new Float32Array(graph.rows.length * names.length);
    names.forEach((name, c) => {
      const column = columns.get(name)!;
      const offset = offsets?.[c] ?? 0;
      graph.rows.forEach((row, node) => values[node * names.length + c] = column[row] - offset);
    });
    return values;
  };
  const offsets = new Map(fields.map(({ column }) => {
    const { min, max } = rangesOf(columns.get(column)!, 1);
    const offset = fieldOffset(min[0], max[0]);
    return [column, offset === 0 ? undefined : [offset]];
  }));
  const header: MeshStoreHeader = {
    case: "graph",
    dimensions: Math.max(1, coordinates.length),
    cells: true,
    fields: Object.fromEntries(
      fields.map(({ column, field, info }) => [field, { ...info, offset: offsets.get(column) }]),
    ),
    origin: frame.origin,
    splits: splitSamples(graphs.length, shares),
    generator: {
      name: "haloflow convert edges",
      undirected,
      position: coordinates.length > 0 ? coordinates : ORDER,
      notes: [
        coordinates.length > 0
          ? `Coordinates are the columns ${coordinates.join(", ")}`
          : "Positions are the breadth-first order of the nodes, from 0 to 1",
        ...frame.notes,
        ...notes,
        ...renamed(fields),
      ],
    },
  };
  return openLazyStore({
    path: edgesPath,
    header,
    ids: graphs.map(({ id }) => id),
    nodeCounts: graphs.map(({ rows }) => rows.length),
    read: (index) => ({
      position: coordinates.length > 0
        ? rowsOf(graphs[index], coordinates, frame.origin)
        : linePositions(graphs[index]),
      cells: uniformCells(graphs[index].ends, "line"),
      fields: Object.fromEntries(
        fields.map(({ column, field }) => [
          field,
          rowsOf(graphs[index], [column], offsets.get(column)),
        ]),
      ),
    }),
  });
}

/** The columns with the coordinates; none for positions on a line. */
function coordinatesOf(
  nodes: Table,
  { inputs = [], targets = [], position }: EdgeListOptions,
): readonly string[] {
  const choice = `--position names the columns, such as --position x,y, or --position ${ORDER} ` +
    "places the nodes on a line; the columns are " + nodes.names.join(", ");
  if (position !== undefined) {
    if (position.length === 1 && position[0] === ORDER && !nodes.names.includes(ORDER)) return [];
    if (position.length > 3) {
      throw new UserError(
        `Cannot use "${nodes.path}": nodes have at most 3 coordinates, received ` +
          position.join(", "),
      );
    }
    return position;
  }
  const roles = [...inputs, ...targets];
  const found = AXIS_NAMES.map((axis) =>
    nodes.names.find((name) => name === axis) ??
      nodes.names.find((name) => name.toLowerCase() === axis)
  ).filter((name) => name !== undefined);
  const isPrefix = found.every((name, axis) => name.toLowerCase() === AXIS_NAMES[axis]);
  if (roles.length > 0 && found.length > 0 && isPrefix && !found.some((n) => roles.includes(n))) {
    return found;
  }
  const reason = found.length === 0
    ? "it has no columns x, y, z"
    : `${found.join(", ")} may be coordinates or features`;
  throw new UserError(
    `Cannot use "${nodes.path}": it must be clear which columns are coordinates, ${reason}; ` +
      choice,
  );
}

/** A column that becomes a field. */
interface FieldChoice {
  readonly column: string;
  readonly field: string;
  readonly info: FieldInfo;
}

/** The columns with a role, or by default all other columns of numbers. */
function fieldsOf(
  nodes: Table,
  { inputs, targets, reserved }: Record<"inputs" | "targets" | "reserved", readonly string[]>,
): readonly FieldChoice[] {
  const both = inputs.find((name) => targets.includes(name));
  if (both !== undefined) {
    throw new UserError(`Cannot use column "${both}": it is both input and target; choose one`);
  }
  const others = inputs.length + targets.length > 0
    ? []
    : nodes.names.filter((name) => !reserved.includes(name) && nodes.holdsNumbers(name));
  const columns = [...inputs, ...targets, ...others];
  const names = fieldNames(columns, nodes.path);
  const roles = new Map<string, FieldInfo["role"]>([
    ...inputs.map((name) => [name, "input"] as const),
    ...targets.map((name) => [name, "target"] as const),
  ]);
  return columns.map((column, k) => ({
    column,
    field: names[k],
    info: { components: 1, unit: "", role: roles.get(column) },
  }));
}

/** Notes on columns whose fields have other names. */
function renamed(fields: readonly FieldChoice[]): string[] {
  return fields.filter(({ column, field }) => column !== field)
    .map(({ column, field }) => `Column "${column}" is the field "${field}"`);
}

/** The origin to which positions are stored, and what float32 loses nevertheless. */
function frameOf(columns: readonly Float64Array[], graphs: readonly TableGraph[]) {
  const rangeOf = (rows: readonly number[], origin: readonly number[]): Ranges => ({
    min: columns.map((column, axis) =>
      rows.reduce((least, row) => Math.min(least, column[row] - origin[axis]), Infinity)
    ),
    max: columns.map((column, axis) =>
      rows.reduce((largest, row) => Math.max(largest, column[row] - origin[axis]), -Infinity)
    ),
  });
  const still = columns.map(() => 0);
  if (columns.length === 0) return { origin: undefined, notes: [] };
  const origin = positionOrigin(
    graphs.map(({ rows }) => rangeOf(rows, still)).reduce(joinRanges),
  );
  const far = graphs.find(({ rows }) => positionOrigin(rangeOf(rows, origin ?? still)));
  const notes = [
    ...(origin ? [`Positions are stored relative to the origin ${origin.join(", ")}`] : []),
    ...(far
      ? [
        `Float32 may not resolve the positions of graph "${far.id}", which is far from the ` +
        "others; move each graph to its own origin",
      ]
      : []),
  ];
  return { origin, notes };
}

/** Positions from 0 to 1 in breadth-first order. */
function linePositions({ rows, ends }: TableGraph): Float32Array {
  const position = new Float32Array(rows.length);
  breadthFirstOrder(rows.length, ends).forEach((node, place) =>
    position[node] = place / Math.max(1, rows.length - 1)
  );
  return position;
}
