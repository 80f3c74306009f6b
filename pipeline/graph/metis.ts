/**
 * Cutting a graph by its edges with METIS, where that library is installed.
 *
 * @module
 */

import { countingOffsets, type Graph } from "./graph.ts";

/**
 * What the parts shall have least of: edges between them, or nodes that another part needs a copy
 * of.
 */
export type MetisObjective = "cut" | "volume";

/** METIS, loaded; dispose of it when done. */
export interface Metis extends Disposable {
  /**
   * The part that owns each node [N]; parts have node counts within 3 % of the mean, or a few
   * nodes.
   *
   * Multilevel k-way partitioning (Karypis and Kumar, 1998) of the graph without directions. The
   * same graph gives the same parts.
   *
   * @param parts The number of parts P.
   * @throws {RangeError} if `parts` is not an integer of at least 1, or METIS cannot cut the graph.
   */
  partition(graph: Graph, parts: number, objective?: MetisObjective): Uint32Array<ArrayBuffer>;
}

/**
 * Where METIS is installed, and its names elsewhere. Permission to load a library is given by path,
 * or for all of them.
 */
const LIBRARIES: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  linux: [
    ...["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"].map((path) =>
      `${path}/libmetis.so.5`
    ),
    "libmetis.so.5",
    "libmetis.so",
  ],
  darwin: ["/opt/homebrew/lib/libmetis.dylib", "/usr/local/lib/libmetis.dylib", "libmetis.dylib"],
  windows: ["metis.dll"],
};

/** How to install METIS. */
export const INSTALL_METIS =
  "apt-get install libmetis5 (Debian, Ubuntu) or brew install metis (macOS)";

const SYMBOLS = {
  METIS_SetDefaultOptions: { parameters: ["buffer"], result: "i32" },
  METIS_PartGraphKway: { parameters: Array<"buffer">(13).fill("buffer"), result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** From metis.h: the length of the options, and the places and values of those that are set. */
const OPTION_COUNT = 40, OBJECTIVE = 1, SEED = 8, OBJECTIVES = { cut: 0, volume: 1 }, OK = 1;

/** METIS, or undefined if it is not installed or may not be loaded (`--allow-ffi`). */
export function loadMetis(): Metis | undefined {
  for (const name of LIBRARIES[Deno.build.os] ?? []) {
    try {
      const library = Deno.dlopen(name, SYMBOLS);
      return {
        partition: (graph, parts, objective = "cut") =>
          partition(library.symbols, graph, parts, objective),
        [Symbol.dispose]: () => library.close(),
      };
    } catch {
      // The next name may be that of the library.
    }
  }
  return undefined;
}

function partition(
  { METIS_SetDefaultOptions, METIS_PartGraphKway }: Deno.StaticForeignLibraryInterface<
    typeof SYMBOLS
  >,
  graph: Graph,
  parts: number,
  objective: MetisObjective,
): Uint32Array<ArrayBuffer> {
  if (!(Number.isInteger(parts) && parts >= 1)) {
    throw new RangeError(
      `Cannot partition graph as parts must be an integer >= 1: received ${parts}`,
    );
  }
  const owner = new Uint32Array(graph.nodeCount);
  // METIS would leave parts empty, and warn of it on the terminal.
  if (parts >= graph.nodeCount) return owner.map((_, node) => node);
  if (parts === 1) return owner;
  const { offsets, neighbours } = undirected(graph);
  const options = new Int32Array(OPTION_COUNT);
  METIS_SetDefaultOptions(options);
  options[OBJECTIVE] = OBJECTIVES[objective];
  options[SEED] = 1;
  const one = Int32Array.of(1), value = new Int32Array(1);
  // Nodes, constraints, graph, weights of nodes, sizes, weights of edges, parts, shares, imbalance,
  // options, value, parts.
  const status = METIS_PartGraphKway(
    Int32Array.of(graph.nodeCount),
    one,
    offsets,
    neighbours,
    null,
    null,
    null,
    Int32Array.of(parts),
    null,
    null,
    options,
    value,
    owner,
  );
  if (status !== OK) {
    throw new RangeError(
      `Cannot partition graph as METIS must cut it: it gave status ${status} for ` +
        `${graph.nodeCount} nodes in ${parts} parts`,
    );
  }
  return owner;
}

/**
 * Every pair of neighbours once in each direction, however many edges join them; no node is its own
 * neighbour.
 */
function undirected({ nodeCount, offsets, senders }: Graph): {
  readonly offsets: Uint32Array<ArrayBuffer>;
  readonly neighbours: Uint32Array<ArrayBuffer>;
} {
  const ends = new Uint32Array(2 * senders.length);
  for (let receiver = 0; receiver < nodeCount; receiver++) {
    for (let e = offsets[receiver]; e < offsets[receiver + 1]; e++) {
      ends[2 * e] = receiver;
      ends[2 * e + 1] = senders[e];
    }
  }
  const starts = countingOffsets(ends, nodeCount), next = starts.slice();
  const all = new Uint32Array(ends.length);
  for (let k = 0; k < ends.length; k++) all[next[ends[k]]++] = ends[k ^ 1];
  const neighbours = new Uint32Array(ends.length), kept = new Uint32Array(nodeCount + 1);
  // The node for which each neighbour was listed last, counted from 1.
  const listed = new Uint32Array(nodeCount);
  let count = 0;
  for (let node = 0; node < nodeCount; node++) {
    for (let k = starts[node]; k < starts[node + 1]; k++) {
      if (all[k] === node || listed[all[k]] === node + 1) continue;
      listed[all[k]] = node + 1;
      neighbours[count++] = all[k];
    }
    kept[node + 1] = count;
  }
  return { offsets: kept, neighbours: neighbours.slice(0, count) };
}
