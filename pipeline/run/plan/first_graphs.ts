/**
 * The first graphs that a stage of a pipeline will read, drawn before the run.
 *
 * @module
 */

import { encodeRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { inMemoryPeers } from "../../engine/channels/peers.ts";
import type { PipelinePlan, PlannedStage } from "../../engine/definition/validate.ts";
import { type GraphRow, readGraph } from "../../batches/graph_rows.ts";

/** Graphs that are drawn: sampled ones differ a little, and the first is slow to draw. */
const MOST_GRAPHS = 3;

/** Large graphs come from whole meshes, which hardly differ. */
const ENOUGH_EDGES = 500_000;

/** The first graphs of a stream, and how many will come. */
export interface FirstGraphs {
  readonly graphs: readonly DrawnGraph[];
  /** Graphs in the whole stream, if the other meshes have as many as the first. */
  readonly count: number;
  /** Meshes that the stages before will read, and the bytes of one. */
  readonly meshCount: number;
  readonly meshBytes: number;
}

/** One graph, cut into the parts of the ranks. */
export interface DrawnGraph {
  /** By rank. */
  readonly parts: readonly GraphRow[];
  /** Bytes of the record batch of each part. */
  readonly batchBytes: readonly number[];
  /** Time that it took to draw. */
  readonly drawSeconds: number;
}

/**
 * Runs the stages that give `producer` its batches in this thread, on the first meshes only, until
 * a few graphs are there.
 *
 * @returns Undefined where one of the stages is not built in: what it does is not ours to run
 * twice.
 */
export async function firstGraphs(
  pipeline: PipelinePlan,
  producer: string,
  mostMeshes: number,
  signal: AbortSignal,
): Promise<FirstGraphs | undefined> {
  const stages = ancestors(pipeline, producer);
  if (!stages.every(({ builtIn }) => builtIn !== undefined)) return undefined;
  const drawing = new Drawing(pipeline, mostMeshes, signal);
  const graphs = await takeGraphs(drawing.output(producer));
  const drawnMeshes = Math.max(1, drawing.meshCount);
  const meshCount = await countMeshes(stages) ?? drawnMeshes;
  const sample = stages.find(({ stage }) => stage.name === "sample");
  const steps = graphs[0]?.parts[0].steps ?? 0;
  const isCover = sample?.options.mode === "cover";
  // A cover counts the graphs of each mesh, epochs those of all meshes.
  const count = isCover ? steps * meshCount : steps * meshCount / drawnMeshes;
  return { graphs, count, meshCount, meshBytes: drawing.meshBytes };
}

/** The stages whose batches end up in those of `name`, itself included. */
function ancestors(pipeline: PipelinePlan, name: string): readonly PlannedStage[] {
  const stage = pipeline.stages.get(name)!;
  return [...stage.from.flatMap((producer) => ancestors(pipeline, producer)), stage];
}

/** What of the options of a `load` stage says how many meshes it reads. */
type LoadOptions = Split & {
  readonly more?: readonly Split[] | undefined;
  readonly limit?: number | undefined;
};
type Split = { readonly store: string; readonly split?: string | undefined };

/** Meshes of the split that the first `load` stage reads. */
async function countMeshes(stages: readonly PlannedStage[]): Promise<number | undefined> {
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
  let parts: GraphRow[] = [], batchBytes: number[] = [], begin = performance.now();
  for await (const batch of batches) {
    const part = readGraph(batch);
    parts.push(part);
    batchBytes.push(encodeRecordBatch(batch).byteLength);
    if (parts.length < part.ranks) continue;
    graphs.push({ parts, batchBytes, drawSeconds: (performance.now() - begin) / 1000 });
    const edgeCount = parts.reduce((sum, { senders }) => sum + senders.length, 0);
    if (graphs.length === Math.min(MOST_GRAPHS, part.steps) || edgeCount > ENOUGH_EDGES) break;
    [parts, batchBytes, begin] = [[], [], performance.now()];
  }
  return graphs;
}

/** Stages that run in this thread, each fed by those before it. */
class Drawing {
  meshCount = 0;
  meshBytes = 0;
  readonly #pipeline: PipelinePlan;
  readonly #mostMeshes: number;
  readonly #signal: AbortSignal;

  constructor(pipeline: PipelinePlan, mostMeshes: number, signal: AbortSignal) {
    this.#pipeline = pipeline;
    this.#mostMeshes = mostMeshes;
    this.#signal = signal;
  }

  async *output(name: string): AsyncGenerator<RecordBatch> {
    const { builtIn, options, from } = this.#pipeline.stages.get(name)!;
    const stage = builtIn!;
    const isLoad = stage.name === "load";
    const [peers] = inMemoryPeers(1);
    const batches = stage.run({
      // They leave nothing in the directory.
      name,
      rank: 0,
      ranks: 1,
      peers,
      directory: Deno.cwd(),
      signal: this.#signal,
      options: await stage.options.parseAsync(isLoad ? this.#firstMeshes(options) : options),
      inputs: from.map((producer) => this.output(producer)),
      beat: () => this.#signal.throwIfAborted(),
      progress() {},
      warn() {},
    });
    if (batches instanceof Promise) return await batches;
    for await (const batch of batches) {
      this.#signal.throwIfAborted();
      if (isLoad) {
        this.meshCount++;
        if (this.meshBytes === 0) this.meshBytes = encodeRecordBatch(batch).byteLength;
      }
      yield batch;
    }
  }

  /** The options of a `load` stage that reads a few meshes only. */
  #firstMeshes(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return { ...options, limit: Math.min(Number(options.limit ?? Infinity), this.#mostMeshes) };
  }
}
