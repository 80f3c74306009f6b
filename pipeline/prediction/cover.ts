/**
 * Covers: groups of nodes that together predict every node of a mesh.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import type { TrainedModel } from "../training/model_batch.ts";
import { stratifiedGroups } from "../graph/stratified_sampling.ts";
import { coverGroups } from "../graph/sampling.ts";

/**
 * How a mesh is divided for prediction: "cover" into groups, "full" not at all.
 */
export type CoverMode = "cover" | "full";

/** Largest number of nodes in one group; "all" puts the mesh into one group. */
export type GroupSize = number | "all";

/** Covers of one mesh. */
export interface CoverOptions {
  readonly groupSize: GroupSize;
  /** Number of covers, each with its own groups and edges; their predictions are averaged. */
  readonly rounds: number;
  readonly seed: number;
  /** Id of the mesh, the key of its random numbers. */
  readonly mesh: string;
  /**
   * Rank of each node in a spatial order `[N]`, for stratified groups.
   *
   * @default uniform draws
   */
  readonly ranks?: Uint32Array | undefined;
}

/** One group of a cover. */
export interface CoverGroup {
  /** Number of the cover, which is also the epoch for which the edges of the group are drawn. */
  readonly round: number;
  /** Node numbers in the mesh, ascending. */
  readonly nodes: Uint32Array<ArrayBuffer>;
}

/** Choice of the groups of a prediction. */
export interface GroupChoice {
  /** @default that of the pipeline of the training, or "cover" */
  readonly mode?: CoverMode | undefined;
  /**
   * Largest number of nodes in one group.
   *
   * @default that of the pipeline of the training, or that of its graphs
   */
  readonly nodes?: number | undefined;
}

/**
 * The size of the groups with which a model predicts.
 *
 * @throws {UserError} If mode "full" has a number of nodes.
 */
export function groupSizeOf(
  { graphRule: { sampledNodes }, covers }: Pick<TrainedModel, "graphRule" | "covers">,
  { mode, nodes }: GroupChoice,
): GroupSize {
  if (mode === "full") {
    if (nodes === undefined) return "all";
    throw new UserError(
      `Cannot predict: mode "full" puts all nodes into one group, received ${nodes} nodes; ` +
        "choose one of them",
    );
  }
  const recorded = covers?.nodes ?? sampledNodes;
  const size = nodes ?? (mode === "cover" && recorded === 0 ? sampledNodes : recorded);
  return size === 0 ? "all" : size;
}

/**
 * The groups of all rounds, round by round; each round holds every node exactly once.
 *
 * @param nodeCount The number of nodes N of the mesh.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { coverMesh } from "./cover.ts";
 *
 * const groups = coverMesh(5, { groupSize: 3, rounds: 2, seed: 0, mesh: "a" });
 * assert.deepEqual(groups.map(({ round, nodes }) => [round, nodes.length]), [
 *   [0, 3],
 *   [0, 2],
 *   [1, 3],
 *   [1, 2],
 * ]);
 * ```
 */
export function coverMesh(
  nodeCount: number,
  { groupSize, rounds, seed, mesh, ranks }: CoverOptions,
): readonly CoverGroup[] {
  const size = groupSize === "all" ? nodeCount : groupSize;
  return Array.from({ length: rounds }, (_, round) => {
    const purpose = { seed, round, mesh };
    const groups = ranks === undefined
      ? coverGroups(nodeCount, size, purpose)
      : stratifiedGroups(ranks, size, purpose);
    return groups.map((nodes) => ({ round, nodes }));
  }).flat();
}
