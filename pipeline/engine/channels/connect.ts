/**
 * The channels of a whole pipeline, made before any worker starts.
 *
 * @module
 */

import type { InputPorts, OutputPorts } from "../workers/protocol.ts";
import type { ValidPipeline, ValidStage } from "../definition/validate.ts";
import { receivingRanks, wiringOf } from "../definition/wiring.ts";

/** The ends of channels that one rank of a stage gets. */
export interface RankPorts {
  readonly inputs: (InputPorts & { readonly ports: MessagePort[] })[];
  readonly outputs: OutputPorts[];
  readonly peers: (MessagePort | undefined)[];
}

/**
 * Makes all channels of a valid pipeline: for each stage by name, the ports of each of its ranks.
 */
export function connectRanks(plan: ValidPipeline): Map<string, RankPorts[]> {
  const ports = new Map<string, RankPorts[]>();
  for (const consumer of plan.stages.values()) {
    const producers = consumer.from.map((name) => plan.stages.get(name)!);
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
