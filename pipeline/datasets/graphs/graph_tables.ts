/**
 * Graphs in two tables, one of edges and one of nodes: which columns mean what, and the edges as
 * node numbers.
 *
 * @module
 */

import { DataError, UserError } from "../../../errors.ts";
import type { Table } from "../../../io/tables/read_table.ts";

/** Columns with a meaning. Names are compared without regard to case. */
export interface GraphColumns {
  /** Columns of the edge table: first and second end. @default `sender` and `receiver`, ... */
  readonly ends?: readonly string[] | undefined;
  /** Column of the node table by which edges refer to nodes. @default `id` or `node` */
  readonly id?: string | undefined;
  /** Column of both tables that separates graphs. @default `graph` */
  readonly sample?: string | undefined;
  /** Number of the first row, if edges refer to rows. @default 0 */
  readonly firstRow?: number | undefined;
  /** Whether every edge also runs in the opposite direction. @default false */
  readonly undirected?: boolean | undefined;
}

/** One graph of the tables. */
export interface TableGraph {
  readonly id: string;
  /** Its rows of the node table. */
  readonly rows: readonly number[];
  /** Sender and receiver of every edge, as node numbers. */
  readonly ends: Uint32Array;
}

/** All graphs of two tables. */
export interface TableGraphs {
  readonly graphs: readonly TableGraph[];
  /** Columns of the node table that are neither coordinates nor fields. */
  readonly reserved: readonly string[];
  /** Sentences about what was assumed. */
  readonly notes: readonly string[];
}

const SENDER_NAMES = ["sender", "source", "src", "from"];
const RECEIVER_NAMES = ["receiver", "target", "dst", "to"];
const ID_NAMES = ["id", "node"];
const GRAPH_NAMES = ["graph"];

/** A graph whose rows are being collected. */
interface GraphRows {
  readonly rows: number[];
  /** Node numbers by id. */
  readonly numbers: Map<string, number>;
  readonly ends: number[];
  /** Receivers of each sender so far, to find edges that are listed twice. */
  readonly receivers: Map<number, Set<number>>;
}

/**
 * Reads the graphs of two tables, in the order of their first nodes.
 *
 * @throws {DataError} If a column is missing or could be one of several, or an edge refers to an
 *   unknown node
 */
export function graphsOfTables(
  nodes: Table,
  edges: Table,
  { ends, id, sample, firstRow, undirected = false }: GraphColumns,
): TableGraphs {
  if (ends !== undefined && ends.length !== 2) {
    throw new UserError(
      `Cannot use "${edges.path}": an edge has two ends, received ${ends.join(", ")}`,
    );
  }
  const graphName = graphColumn(nodes, edges, sample);
  const idName = id ?? optionalColumn(nodes, ID_NAMES, "--id");
  if (id !== undefined) nodes.texts(id);
  if (idName !== undefined && firstRow !== undefined) {
    throw new UserError(
      `Cannot use "${nodes.path}": edges refer to its column "${idName}" and not to rows; ` +
        "leave out the first row",
    );
  }
  const graphs = nodesOfGraphs(nodes, graphName.nodes, idName, firstRow ?? 0);
  const graphNames = graphName.edges === undefined ? undefined : edges.texts(graphName.edges);
  const senders = edges.texts(ends?.[0] ?? requiredColumn(edges, SENDER_NAMES));
  const receivers = edges.texts(ends?.[1] ?? requiredColumn(edges, RECEIVER_NAMES));
  if (idName === undefined && firstRow === undefined) {
    checkFirstRow(edges, graphs, graphNames, [senders, receivers]);
  }
  let doubled = 0;
  for (let row = 0; row < edges.rowCount; row++) {
    const name = graphNames?.[row] ?? ONLY_GRAPH;
    const graph = graphs.get(name);
    const [sender, receiver] = [senders[row], receivers[row]].map((end) => {
      const node = graph?.numbers.get(end);
      if (node !== undefined) return node;
      const by = idName === undefined ? `rows from ${firstRow ?? 0}` : `column "${idName}"`;
      throw new DataError(
        `Cannot use "${edges.path}": both ends of an edge must be nodes of "${nodes.path}" ` +
          `(${by}), row ${row + 1} refers to "${end}"` +
          (graphNames ? ` of graph "${name}"` : ""),
      );
    });
    const isNew = addEdge(graph!, sender, receiver);
    if (!isNew) doubled++;
    // An edge that is listed twice stays so, unless the graph is undirected.
    if (isNew || !undirected) graph!.ends.push(sender, receiver);
    if (undirected && addEdge(graph!, receiver, sender)) graph!.ends.push(receiver, sender);
  }
  const found = [...graphs].map(([id, { rows, ends }]) => {
    if (ends.length > 0) return { id, rows, ends: Uint32Array.from(ends) };
    throw new DataError(
      `Cannot use "${edges.path}": every graph must have an edge, "${id}" has none`,
    );
  });
  const reserved = [idName, graphName.nodes].filter((name) => name !== undefined);
  return { graphs: found, reserved, notes: notesOf(found, edges, doubled, undirected, idName) };
}

/** Name of the graph of tables without a column that separates graphs. */
const ONLY_GRAPH = "graph";

/** Adds an edge; false if it is there already. */
function addEdge({ receivers }: GraphRows, sender: number, receiver: number): boolean {
  const found = receivers.get(sender) ?? new Set();
  if (found.has(receiver)) return false;
  receivers.set(sender, found.add(receiver));
  return true;
}

function nodesOfGraphs(
  nodes: Table,
  graphName: string | undefined,
  idName: string | undefined,
  firstRow: number,
): ReadonlyMap<string, GraphRows> {
  const names = graphName === undefined ? undefined : nodes.texts(graphName);
  const ids = idName === undefined ? undefined : nodes.texts(idName);
  const graphs = new Map<string, GraphRows>();
  for (let row = 0; row < nodes.rowCount; row++) {
    const name = names?.[row] ?? ONLY_GRAPH;
    const graph: GraphRows = graphs.get(name) ??
      { rows: [], numbers: new Map(), ends: [], receivers: new Map() };
    const id = ids?.[row] ?? String(graph.rows.length + firstRow);
    if (graph.numbers.has(id)) {
      throw new DataError(
        `Cannot use "${nodes.path}": every ${idName} must be unique in its graph, row ${row + 1} ` +
          `repeats "${id}"; --sample names the column that separates graphs`,
      );
    }
    graph.numbers.set(id, graph.rows.length);
    graph.rows.push(row);
    graphs.set(name, graph);
  }
  return graphs;
}

/** Throws if rows may count from 1: no edge names row 0. */
function checkFirstRow(
  edges: Table,
  graphs: ReadonlyMap<string, GraphRows>,
  graphNames: readonly string[] | undefined,
  ends: readonly (readonly string[])[],
): void {
  let isOnePastLast = false;
  for (let row = 0; row < edges.rowCount; row++) {
    const count = graphs.get(graphNames?.[row] ?? ONLY_GRAPH)?.rows.length;
    for (const texts of ends) {
      if (texts[row] === "0") return;
      if (texts[row] === String(count)) isOnePastLast = true;
    }
  }
  if (edges.rowCount === 0) return;
  const hint = isOnePastLast ? ", but one the row after the last" : "";
  const other = isOnePastLast ? "" : " or --first-row 0";
  throw new UserError(
    `Cannot use "${edges.path}": edges refer to rows of the nodes, which count from 0 by ` +
      `default, and none names row 0${hint}; state the number of the first row: --first-row 1` +
      other,
  );
}

/** The column that separates graphs, by its name in each table. */
function graphColumn(nodes: Table, edges: Table, sample: string | undefined) {
  const names = sample === undefined ? GRAPH_NAMES : [sample];
  const found = { nodes: optionalColumn(nodes, names), edges: optionalColumn(edges, names) };
  const isAbsent = found.nodes === undefined && found.edges === undefined;
  if (
    (found.nodes === undefined) === (found.edges === undefined) &&
    !(isAbsent && sample !== undefined)
  ) {
    return found;
  }
  const [name] = names;
  const tables = sample === undefined ? "both or neither" : "both";
  throw new DataError(
    `Cannot use "${edges.path}" with "${nodes.path}": ${tables} must have a column "${name}", ` +
      `not found in "${found.nodes === undefined ? nodes.path : edges.path}"`,
  );
}

/** The column with one of the names, in any case. */
function optionalColumn(
  { names, path }: Table,
  accepted: readonly string[],
  option = "--sample",
): string | undefined {
  const exact = names.filter((name) => accepted.includes(name));
  const found = exact.length > 0
    ? exact
    : names.filter((name) => accepted.includes(name.toLowerCase()));
  if (found.length < 2) return found.at(0);
  throw new DataError(
    `Cannot use "${path}": one column must be ${accepted.join(" or ")}, found ` +
      `${found.join(", ")}; choose one by ${option}`,
  );
}

function requiredColumn(table: Table, accepted: readonly string[]): string {
  const name = optionalColumn(table, accepted, "--ends");
  if (name !== undefined) return name;
  throw new DataError(
    `Cannot use "${table.path}": it must have a column ${accepted.join(" or ")}, found ` +
      `${table.names.join(", ")}; name the columns of both ends by --ends`,
  );
}

function notesOf(
  graphs: readonly TableGraph[],
  edges: Table,
  doubled: number,
  undirected: boolean,
  idName: string | undefined,
): string[] {
  const notes = [
    idName === undefined
      ? "Edges refer to nodes by the number of their row"
      : `Edges refer to nodes by the column "${idName}"`,
  ];
  if (doubled > 0) {
    const what = undirected ? "in the table already, in this or the other direction" : "repeated";
    notes.push(
      `${doubled} of ${edges.rowCount} edges are ${what}` +
        (undirected ? ": each is used once per direction" : ", and are used each time"),
    );
  }
  const isolated = graphs.reduce(
    (sum, { rows, ends }) => sum + rows.length - new Set(ends).size,
    0,
  );
  const nodeCount = graphs.reduce((sum, { rows }) => sum + rows.length, 0);
  if (isolated > 0) notes.push(`${isolated} of ${nodeCount} nodes are in no edge`);
  return notes;
}
