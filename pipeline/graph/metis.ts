/**
 * Partition of a graph along few edges by METIS, if that library is installed.
 *
 * @module
 */

import { requireInteger } from "../../errors.ts";
import { countingOffsets, type Graph } from "./graph.ts";

/**
 * The quantity to minimise: "cut", the edges between parts; "volume", the nodes that other parts
 * need a copy of.
 */
export type MetisObjective = "cut" | "volume";

/** The loaded METIS library; dispose of it after use. */
export interface Metis extends Disposable {
  /**
   * The part that owns each node [N]; node counts differ from the mean by at most 3 % or a few
   * nodes.
   *
   * Multilevel k-way partitioning (Karypis and Kumar, 1998) of the undirected graph. Deterministic.
   *
   * @param parts The number of parts P.
   * @param objective @default "cut"
   * @throws {RangeError} If `parts` is not an integer >= 1, or METIS cannot partition the graph.
   */
  partition(graph: Graph, parts: number, objective?: MetisObjective): Uint32Array<ArrayBuffer>;
}

/**
 * Paths and names of the library, by platform. Permissions name paths; a bare name needs permission
 * for all libraries.
 */
const LIBRARIES: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  linux: [
    "/usr/lib/x86_64-linux-gnu/libmetis.so.5",
    "/usr/lib/aarch64-linux-gnu/libmetis.so.5",
    "/usr/lib64/libmetis.so.5",
    "libmetis.so.5",
    "libmetis.so",
  ],
  darwin: ["/opt/homebrew/lib/libmetis.dylib", "/usr/local/lib/libmetis.dylib", "libmetis.dylib"],
  windows: ["metis.dll"],
};

/** Commands that install METIS. */
export const INSTALL_METIS =
  "apt-get install libmetis5 (Debian, Ubuntu) or brew install metis (macOS)";

const SYMBOLS = {
  METIS_SetDefaultOptions: { parameters: ["buffer"], result: "i32" },
  METIS_PartGraphKway: { parameters: Array<"buffer">(13).fill("buffer"), result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

// From metis.h.
/** Length of the array of options. */
const OPTION_COUNT = 40;
/** Index of the option for the objective. */
const OBJECTIVE = 1;
const OBJECTIVES = { cut: 0, volume: 1 };
/** Index of the option for the seed. */
const SEED = 8;
/** Status of success. */
const OK = 1;

/** METIS; undefined if it is not installed or may not be loaded (`--allow-ffi`). */
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
      // Try the next name.
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
  requireInteger("Cannot partition graph: parts", parts, 1);
  const owner = new Uint32Array(graph.nodeCount);
  // METIS would leave parts empty, and print a warning.
  if (parts >= graph.nodeCount) return owner.map((_, node) => node);
  if (parts === 1) return owner;
  const { offsets, neighbours } = undirected(graph);
  const options = new Int32Array(OPTION_COUNT);
  METIS_SetDefaultOptions(options);
  options[OBJECTIVE] = OBJECTIVES[objective];
  options[SEED] = 1;
  const one = Int32Array.of(1);
  const value = new Int32Array(1);
  // Node count, constraints, graph, node weights, sizes, edge weights, part count, target shares,
  // imbalance, options, value, parts.
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
      `Cannot partition graph: METIS must return status ${OK}, received ${status} for ` +
        `${graph.nodeCount} nodes in ${parts} parts`,
    );
  }
  return owner;
}

/** The distinct neighbours of every node, by edges in either direction, without itself. */
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
  const starts = countingOffsets(ends, nodeCount);
  const next = starts.slice();
  const all = new Uint32Array(ends.length);
  for (let k = 0; k < ends.length; k++) all[next[ends[k]]++] = ends[k ^ 1];
  const neighbours = new Uint32Array(ends.length);
  const distinct = new Uint32Array(nodeCount + 1);
  // 1 + the last node for which each neighbour was listed.
  const listed = new Uint32Array(nodeCount);
  let count = 0;
  for (let node = 0; node < nodeCount; node++) {
    for (let k = starts[node]; k < starts[node + 1]; k++) {
      if (all[k] === node || listed[all[k]] === node + 1) continue;
      listed[all[k]] = node + 1;
      neighbours[count++] = all[k];
    }
    distinct[node + 1] = count;
  }
  return { offsets: distinct, neighbours: neighbours.slice(0, count) };
}
