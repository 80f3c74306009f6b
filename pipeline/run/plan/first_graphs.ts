/**
 * Draws the first graphs that a stage of a pipeline will read, before the run.
 *
 * @module
 */

import { encodeRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import { openMeshStore } from "../../../io/mesh_store.ts";
import type { ValidPipeline, ValidStage } from "../../engine/definition/validate.ts";
import { runInMemory } from "../../engine/workers/run_in_memory.ts";
import { type GraphRow, readGraph } from "../../batches/graph_rows.ts";

/**
 * Maximal number of graphs to draw: sampled ones differ a little, and the first is slow to draw.
 */
const MAX_GRAPHS = 3;

/** Edges above which one graph is enough: graphs of complete meshes hardly differ. */
const MAX_EDGES = 500_000;

/** The first graphs of a stream, and the size of the stream. */
export interface FirstGraphs {
  readonly graphs: readonly DrawnGraph[];
  /** Graphs in the complete stream, if all meshes have as many as the first. */
  readonly count: number;
  /** Meshes that the preceding stages will read, and bytes of one. */
  readonly meshCount: number;
  readonly meshBytes: number;
}

/** One graph, divided among the ranks. */
export interface DrawnGraph {
  /** Parts by rank. */
  readonly parts: readonly GraphRow[];
  /** Bytes of the record batch of each part. */
  readonly batchBytes: readonly number[];
  /** Time taken to draw the graph. */
  readonly drawSeconds: number;
}

/**
 * Runs `producer` and the stages before it in this thread, on the first meshes only, until a few
 * graphs are drawn.
 *
 * @param producer Name of the stage that yields graphs.
 * @param maxMeshes Maximal number of meshes to read.
 * @returns Undefined if one of the stages is custom: running it twice might have side effects.
 */
export async function firstGraphs(
  pipeline: ValidPipeline,
  producer: string,
  maxMeshes: number,
  signal: AbortSignal,
): Promise<FirstGraphs | undefined> {
  const stages = ancestors(pipeline, producer);
  if (!stages.every(({ builtIn }) => builtIn !== undefined)) return undefined;
  let readMeshes = 0;
  let meshBytes = 0;
  let isDerived = false;
  const batches = runInMemory(pipeline, producer, {
    // The stages that draw graphs write nothing.
    directory: Deno.cwd(),
    signal,
    optionsOf: ({ stage, options }) =>
      stage.name === "load" ? limitMeshes(options, maxMeshes) : options,
    onBatch: ({ stage }, batch) => {
      if (stage.name === "load") readMeshes++;
      // Derived inputs make the meshes that later stages hold larger.
      const isFirst = stage.name === "load"
        ? meshBytes === 0
        : stage.name === "derive" && !isDerived;
      if (!isFirst) return;
      isDerived = stage.name === "derive";
      meshBytes = encodeRecordBatch(batch).byteLength;
    },
  });
  const graphs = await takeGraphs(batches);
  const drawnMeshes = Math.max(1, readMeshes);
  const meshCount = await countMeshes(stages) ?? drawnMeshes;
  const sample = stages.find(({ stage }) => stage.name === "sample");
  const steps = graphs[0]?.parts[0].steps ?? 0;
  const isCover = sample?.options.mode === "cover";
  // The steps of a cover are those of one mesh, the steps of epochs those of all meshes.
  const count = isCover ? steps * meshCount : steps * meshCount / drawnMeshes;
  return { graphs, count, meshCount, meshBytes };
}

/** Options of a `load` stage, limited to a few meshes. */
function limitMeshes(
  options: Readonly<Record<string, unknown>>,
  maxMeshes: number,
): Readonly<Record<string, unknown>> {
  return { ...options, limit: Math.min(Number(options.limit ?? Infinity), maxMeshes) };
}

/** The stages that contribute to the output of `name`, including itself. */
function ancestors(pipeline: ValidPipeline, name: string): readonly ValidStage[] {
  const stage = pipeline.stages.get(name)!;
  return [...stage.from.flatMap((producer) => ancestors(pipeline, producer)), stage];
}

/** The options of a `load` stage that determine how many meshes it reads. */
type LoadOptions = Split & {
  readonly more?: readonly Split[] | undefined;
  readonly limit?: number | undefined;
};
type Split = { readonly store: string; readonly split?: string | undefined };

/** Number of meshes that the first `load` stage reads; undefined without one. */
async function countMeshes(stages: readonly ValidStage[]): Promise<number | undefined> {
  const load = stages.find(({ stage }) => stage.name === "load");
  if (load === undefined) return undefined;
  const { limit = Infinity, more = [], ...first } = load.options as LoadOptions;
  let count = 0;
  for (const { store, split = "train" } of [first, ...more]) {
    count += (await openMeshStore(store)).split(split).length;
  }
  return Math.min(count, limit);
}

async function takeGraphs(batches: AsyncIterable<RecordBatch>): Promise<readonly DrawnGraph[]> {
  const graphs: DrawnGraph[] = [];
  let parts: GraphRow[] = [];
  let batchBytes: number[] = [];
  let start = performance.now();
  for await (const batch of batches) {
    const part = readGraph(batch);
    parts.push(part);
    batchBytes.push(encodeRecordBatch(batch).byteLength);
    if (parts.length < part.ranks) continue;
    graphs.push({ parts, batchBytes, drawSeconds: (performance.now() - start) / 1000 });
    const edgeCount = parts.reduce((sum, { senders }) => sum + senders.length, 0);
    if (graphs.length === Math.min(MAX_GRAPHS, part.steps) || edgeCount > MAX_EDGES) break;
    parts = [];
    batchBytes = [];
    start = performance.now();
  }
  return graphs;
}
