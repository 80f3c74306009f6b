/**
 * Any graph as a data set, from a table of edges and a table of nodes.
 *
 * @module
 */

import { DataError, UserError } from "../../errors.ts";
import { uniformCells } from "../../io/mesh_cells.ts";
import type { FieldInfo, MeshStore, MeshStoreHeader } from "../../io/mesh_store.ts";
import { readTable, type Table } from "../../io/tables/read_table.ts";
import { breadthFirstOrder } from "../graph/breadth_first.ts";
import { openLazyStore } from "./lazy_store.ts";
import { splitSamples, type SplitShares } from "./splits.ts";
import { fieldNames } from "./stored_names.ts";

/** Meaning of the columns. */
export interface EdgeListOptions {
  /** Columns of the node table that a network reads. */
  readonly inputs?: readonly string[] | undefined;
  /** Columns that it predicts. */
  readonly targets?: readonly string[] | undefined;
  /** Columns with the coordinates. @default those named x, y and z */
  readonly position?: readonly string[] | undefined;
  /** Whether every edge also runs in the opposite direction. @default false */
  readonly undirected?: boolean | undefined;
  /** Sizes of the splits. @default three quarters, a twentieth, a fifth */
  readonly shares?: SplitShares | undefined;
}

/** Names of columns with a meaning. */
const SENDER_NAMES = ["sender", "source", "src", "from"];
const RECEIVER_NAMES = ["receiver", "target", "dst", "to"];
const ID_NAMES = ["id", "node"];
const GRAPH_NAME = "graph";
const AXIS_NAMES = ["x", "y", "z"];

/**
 * Reads graphs as a mesh store: their edges are line cells from sender to receiver, which the
 * `sample` stage takes with `edges: "given"`.
 *
 * Fields are the columns in `inputs` and `targets`, or by default all other columns of numbers,
 * without a role. Characters that a field name cannot have become `_`. Other columns of the edges
 * are ignored.
 *
 * Edges refer to nodes by the column `id` or `node` of the node table, or by row numbers from 0 if
 * it has neither. If both tables have a column `graph`, each of its values is a sample. Without
 * coordinates, the nodes of a graph lie on a line from 0 to 1 in breadth-first order, so that
 * `partition` cuts few edges.
 *
 * @param edgesPath Table of the edges: CSV, or Arrow IPC with extension `.arrow`, `.arrows` or
 * `.feather`
 * @param nodesPath Table of the nodes
 * @throws {DataError} If a table or a column is missing, or an edge refers to an unknown node
 * @throws {UserError} If a column is both input and target, or there are more than 3 coordinates
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
 * const graphs = await openEdgeList(...files, { inputs: ["load"] });
 * const { cells, fields } = await graphs.read(0, { cells: true });
 * assert.deepEqual([...cells!.connectivity], [0, 1, 2, 1]);
 * assert.deepEqual([...fields.load], [1, 2, 5]);
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function openEdgeList(
  edgesPath: string,
  nodesPath: string,
  { inputs = [], targets = [], position, undirected = false, shares }: EdgeListOptions = {},
): Promise<MeshStore> {
  const nodes = await readTable(nodesPath);
  const edges = await readTable(edgesPath);
  if (nodes.rowCount === 0) {
    throw new DataError(`Cannot use "${nodesPath}": it must have nodes, found none`);
  }
  const coordinates = position ?? AXIS_NAMES.filter((axis) => nodes.names.includes(axis));
  if (coordinates.length > 3) {
    throw new UserError(
      `Cannot use "${nodesPath}": nodes have at most 3 coordinates, received ` +
        `${coordinates.join(", ")}`,
    );
  }
  const fields = fieldsOf(nodes, { inputs, targets, coordinates });
  const graphs = groupEdges(nodes, edges, undirected);
  const used = [...coordinates, ...fields.map(({ column }) => column)];
  const columns = new Map(used.map((name) => [name, nodes.numbers(name)]));
  const rowsOf = (graph: EdgeGraph, names: readonly string[]) => {
    const values = new Float32Array(graph.rows.length * names.length);
    names.forEach((name, c) => {
      const column = columns.get(name)!;
      graph.rows.forEach((row, node) => values[node * names.length + c] = column[row]);
    });
    return values;
  };
  const header: MeshStoreHeader = {
    case: "graph",
    dimensions: Math.max(1, coordinates.length),
    cells: true,
    fields: Object.fromEntries(fields.map(({ field, info }) => [field, info])),
    splits: splitSamples(graphs.length, shares),
    generator: {
      name: "haloflow convert edges",
      undirected,
      position: coordinates.length > 0 ? coordinates : "order",
    },
  };
  return openLazyStore({
    path: edgesPath,
    header,
    ids: graphs.map(({ id }) => id),
    nodeCounts: graphs.map(({ rows }) => rows.length),
    read: (index) => ({
      position: coordinates.length > 0
        ? rowsOf(graphs[index], coordinates)
        : linePositions(graphs[index]),
      cells: uniformCells(graphs[index].ends, "line"),
      fields: Object.fromEntries(
        fields.map(({ column, field }) => [field, rowsOf(graphs[index], [column])]),
      ),
    }),
  });
}

/** One graph of the tables. */
interface EdgeGraph {
  readonly id: string;
  /** Its rows of the node table. */
  readonly rows: readonly number[];
  /** Sender and receiver of every edge, as node numbers. */
  readonly ends: Uint32Array;
}

/** A graph whose rows are being collected. */
interface GraphRows {
  readonly rows: number[];
  /** Node numbers by id. */
  readonly numbers: Map<string, number>;
  readonly ends: number[];
}

/** The graphs in the order of their first nodes. */
function groupEdges(nodes: Table, edges: Table, undirected: boolean): readonly EdgeGraph[] {
  const hasGraphs = nodes.names.includes(GRAPH_NAME);
  if (hasGraphs !== edges.names.includes(GRAPH_NAME)) {
    throw new DataError(
      `Cannot use "${edges.path}" with "${nodes.path}": both or neither must have a column ` +
        `"${GRAPH_NAME}", not found in "${hasGraphs ? edges.path : nodes.path}"`,
    );
  }
  const graphsOf = (table: Table) =>
    hasGraphs ? table.texts(GRAPH_NAME) : Array<string>(table.rowCount).fill("graph");
  const idName = ID_NAMES.find((name) => nodes.names.includes(name));
  const ids = idName && nodes.texts(idName);
  const graphs = new Map<string, GraphRows>();
  graphsOf(nodes).forEach((name, row) => {
    const graph: GraphRows = graphs.get(name) ?? { rows: [], numbers: new Map(), ends: [] };
    const id = ids ? ids[row] : String(graph.rows.length);
    if (graph.numbers.has(id)) {
      throw new DataError(
        `Cannot use "${nodes.path}": every ${idName} must be unique, row ${row + 1} repeats ` +
          `"${id}"`,
      );
    }
    graph.numbers.set(id, graph.rows.length);
    graph.rows.push(row);
    graphs.set(name, graph);
  });
  const edgeGraphs = graphsOf(edges);
  const senders = edges.texts(columnOf(edges, SENDER_NAMES));
  const receivers = edges.texts(columnOf(edges, RECEIVER_NAMES));
  for (let row = 0; row < edges.rowCount; row++) {
    const graph = graphs.get(edgeGraphs[row]);
    const [sender, receiver] = [senders[row], receivers[row]].map((id) => {
      const node = graph?.numbers.get(id);
      if (node !== undefined) return node;
      throw new DataError(
        `Cannot use "${edges.path}": both ends of an edge must be nodes of "${nodes.path}", ` +
          `row ${row + 1} refers to "${id}"` +
          (hasGraphs ? ` of graph "${edgeGraphs[row]}"` : ""),
      );
    });
    graph!.ends.push(sender, receiver);
    if (undirected && sender !== receiver) graph!.ends.push(receiver, sender);
  }
  return [...graphs].map(([id, { rows, ends }]) => {
    if (ends.length === 0) {
      throw new DataError(
        `Cannot use "${edges.path}": every graph must have an edge, "${id}" has none`,
      );
    }
    return { id, rows, ends: Uint32Array.from(ends) };
  });
}

function columnOf({ names, path }: Table, accepted: readonly string[]): string {
  const name = accepted.find((name) => names.includes(name));
  if (name !== undefined) return name;
  throw new DataError(
    `Cannot use "${path}": it must have a column ${accepted.join(" or ")}, found ` +
      `${names.join(", ")}`,
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
  { inputs, targets, coordinates }: Record<"inputs" | "targets" | "coordinates", readonly string[]>,
): readonly FieldChoice[] {
  const both = inputs.find((name) => targets.includes(name));
  if (both !== undefined) {
    throw new UserError(`Cannot use column "${both}": it is both input and target; choose one`);
  }
  const reserved = [...coordinates, ...ID_NAMES, GRAPH_NAME];
  const others = inputs.length + targets.length > 0
    ? []
    : nodes.names.filter((name) => !reserved.includes(name) && hasNumbers(nodes, name));
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

/** Whether a column starts with a number; if it then has text, it is damaged. */
function hasNumbers(table: Table, name: string): boolean {
  const [first] = table.texts(name);
  return first === "" || Number.isFinite(Number(first));
}

/** Positions from 0 to 1 in breadth-first order. */
function linePositions({ rows, ends }: EdgeGraph): Float32Array {
  const position = new Float32Array(rows.length);
  breadthFirstOrder(rows.length, ends).forEach((node, place) =>
    position[node] = place / Math.max(1, rows.length - 1)
  );
  return position;
}
