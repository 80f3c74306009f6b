/**
 * Creates all channels of a pipeline before any worker starts.
 *
 * @module
 */

import type { InputPorts, OutputPorts } from "../workers/protocol.ts";
import type { ValidPipeline, ValidStage } from "../definition/validate.ts";
import { receivingRanks, wiringOf } from "../definition/wiring.ts";

/** Ends of channels that are passed to one rank of a stage. */
export interface RankPorts {
  readonly inputs: (InputPorts & { readonly ports: MessagePort[] })[];
  readonly outputs: OutputPorts[];
  readonly peers: (MessagePort | undefined)[];
}

/** Creates all channels of a pipeline; returns the ports of each rank by the names of stages. */
export function connectRanks(pipeline: ValidPipeline): Map<string, RankPorts[]> {
  const ports = new Map<string, RankPorts[]>();
  for (const consumer of pipeline.stages.values()) {
    const producers = consumer.from.map((name) => pipeline.stages.get(name)!);
    ports.set(consumer.name, emptyPorts(consumer, producers));
    for (const [input, producer] of producers.entries()) {
      connect(producer, consumer, input, ports);
    }
    if (consumer.stage.peers) connectPeers(ports.get(consumer.name)!);
  }
  return ports;
}

function emptyPorts({ ranks }: ValidStage, producers: readonly ValidStage[]): RankPorts[] {
  return Array.from({ length: ranks }, () => ({
    inputs: producers.map((producer) => ({ schema: producer.stage.output!, ports: [] })),
    outputs: [],
    peers: Array.from({ length: ranks }, () => undefined),
  }));
}

function connect(
  producer: ValidStage,
  consumer: ValidStage,
  input: number,
  ports: Map<string, RankPorts[]>,
) {
  const wiring = wiringOf(producer, consumer)!;
  for (const [from, { outputs }] of ports.get(producer.name)!.entries()) {
    const sending = receivingRanks(wiring, from, consumer).map((to) => {
      const { port1, port2 } = new MessageChannel();
      ports.get(consumer.name)![to].inputs[input].ports.push(port2);
      return port1;
    });
    outputs.push({ consumer: consumer.name, ports: sending });
  }
}

function connectPeers(ranks: readonly RankPorts[]) {
  for (let first = 0; first < ranks.length; first++) {
    for (let second = first + 1; second < ranks.length; second++) {
      const { port1, port2 } = new MessageChannel();
      ranks[first].peers[second] = port1;
      ranks[second].peers[first] = port2;
    }
  }
}
