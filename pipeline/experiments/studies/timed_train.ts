/** The `train` stage, which also writes the time and the messages of every step. @module */

import { join } from "node:path";
import type { RecordBatch } from "../../../io/record_batch.ts";
import { TimedPeers } from "../../engine/channels/timed_peers.ts";
import { defineStage } from "../../engine/definition/stage.ts";
import train from "../../stages/train.ts";

/** One step on one rank. */
export interface StepTiming {
  /** Time from the graph to the updated parameters. */
  readonly seconds: number;
  /** Part of it in which the rank sends and waits for other ranks. */
  readonly communicationSeconds: number;
  /** Messages sent, and their bytes. */
  readonly messages: number;
  readonly bytes: number;
  /** Sizes of the local graph of the rank. */
  readonly nodes: number;
  readonly ghosts: number;
  readonly edges: number;
}

/** The file in the directory of the run with the `StepTiming` of every step of a rank. */
export function timingsFile(rank: number): string {
  return `timings-${rank}.json`;
}

export default defineStage({
  ...train,
  run(context) {
    const [graphs, ...others] = context.inputs;
    const peers = new TimedPeers(context.peers);
    const file = join(context.directory, timingsFile(context.rank));
    return train.run({ ...context, peers, inputs: [timed(graphs, peers, file), ...others] });
  },
});

/** Passes the graphs on: a step takes the time from one graph to the request for the next. */
async function* timed(
  graphs: AsyncIterable<RecordBatch>,
  peers: TimedPeers,
  file: string,
): AsyncGenerator<RecordBatch> {
  const timings: StepTiming[] = [];
  for await (const graph of graphs) {
    const begin = performance.now();
    const { communicationMs, sentMessages, sentBytes } = peers;
    yield graph;
    timings.push({
      seconds: (performance.now() - begin) / 1000,
      communicationSeconds: (peers.communicationMs - communicationMs) / 1000,
      messages: peers.sentMessages - sentMessages,
      bytes: peers.sentBytes - sentBytes,
      nodes: graph.value("interiorCount", 0, "int32"),
      ghosts: graph.value("ghostCount", 0, "int32"),
      edges: graph.list("senders", 0, "uint32").length,
    });
  }
  await Deno.writeTextFile(file, JSON.stringify(timings));
}
