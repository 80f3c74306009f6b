/**
 * Which rank of a stage sends to which rank of another.
 *
 * @module
 */

import type { StageDeclaration } from "./stage.ts";

/** As much of a stage as its wiring depends on. */
export interface WiredStage {
  readonly stage: StageDeclaration;
  readonly ranks: number;
}

/**
 * How the output of one stage reaches another:
 * - `merge`: all ranks of the producer to the one rank of the consumer, in order of arrival;
 * - `route`: every batch to the rank that its column `rank` names;
 * - `broadcast`: every batch of the one producer to all ranks of the consumer;
 * - `pair`: rank p to rank p.
 */
export type Wiring = "merge" | "route" | "broadcast" | "pair";

/**
 * How `producer` reaches `consumer`; undefined if both have several ranks, not as many, and nothing
 * routes.
 */
export function wiringOf(producer: WiredStage, consumer: WiredStage): Wiring | undefined {
  if (consumer.ranks === 1) return "merge";
  if (producer.stage.routeByRank) return "route";
  if (producer.ranks === 1) return "broadcast";
  return producer.ranks === consumer.ranks ? "pair" : undefined;
}

/** The ranks of the consumer that have a channel from rank `from` of the producer. */
export function receivingRanks(wiring: Wiring, from: number, consumer: WiredStage): number[] {
  return wiring === "pair" ? [from] : Array.from({ length: consumer.ranks }, (_, rank) => rank);
}
