/**
 * Connections between the ranks of two stages.
 *
 * @module
 */

import type { StageDeclaration } from "./stage.ts";

/** The properties of a stage that determine its wiring. */
export interface WiredStage {
  readonly stage: StageDeclaration;
  readonly ranks: number;
}

/**
 * How the output of one stage is sent to another:
 * - `merge`: from all ranks of the producer to the one rank of the consumer, in order of arrival;
 * - `route`: each batch to the rank given by its column `rank`;
 * - `broadcast`: each batch of the single producer to all ranks of the consumer;
 * - `pair`: from rank p to rank p.
 */
export type Wiring = "merge" | "route" | "broadcast" | "pair";

/**
 * Returns the wiring of two stages; undefined if they have different numbers of ranks, both above
 * one, and the producer does not route by rank.
 */
export function wiringOf(producer: WiredStage, consumer: WiredStage): Wiring | undefined {
  if (consumer.ranks === 1) return "merge";
  if (producer.stage.routeByRank) return "route";
  if (producer.ranks === 1) return "broadcast";
  return producer.ranks === consumer.ranks ? "pair" : undefined;
}

/** Returns the ranks of the consumer that have a channel from rank `from` of the producer. */
export function receivingRanks(wiring: Wiring, from: number, consumer: WiredStage): number[] {
  return wiring === "pair" ? [from] : Array.from({ length: consumer.ranks }, (_, rank) => rank);
}
