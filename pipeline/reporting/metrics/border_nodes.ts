/**
 * The nodes at which a subdomain meets another one.
 *
 * @module
 */

import { squaredDistanceToBox, subdomainBoxes } from "../../graph/subdomain_boxes.ts";

/**
 * Marks both ends of every edge that joins two subdomains.
 *
 * @param graph `offsets` [N + 1] by receiver and `senders` [E]
 * @param owner Rank that owns each node [N]
 * @returns A mask [N]: 1 for a node with a neighbour in another subdomain, otherwise 0
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * // The edges 0 → 1 and 1 → 2; node 2 belongs to rank 1.
 * assert.deepEqual([...borderNodes({ offsets: [0, 0, 1, 2], senders: [0, 1] }, [0, 0, 1])], [0, 1, 1]);
 * ```
 */
export function borderNodes(
  graph: { readonly offsets: ArrayLike<number>; readonly senders: ArrayLike<number> },
  owner: ArrayLike<number>,
): Uint8Array {
  const border = new Uint8Array(owner.length);
  for (let receiver = 0; receiver < owner.length; receiver++) {
    for (let edge = graph.offsets[receiver]; edge < graph.offsets[receiver + 1]; edge++) {
      const sender = graph.senders[edge];
      if (owner[sender] !== owner[receiver]) border[sender] = border[receiver] = 1;
    }
  }
  return border;
}

/**
 * Marks the nodes near the box of another subdomain.
 *
 * @param mesh Node positions [N, D] in D `dimensions`
 * @param owner Rank that owns each node [N]
 * @param parts Number of subdomains
 * @param width Largest distance, in units of the positions
 * @returns A mask [N]: 1 for a node within `width` of another subdomain's box, otherwise 0
 */
export function nodesNearSubdomains(
  mesh: { readonly position: Float32Array; readonly dimensions: number },
  owner: Uint32Array,
  parts: number,
  width: number,
): Uint8Array {
  const { position, dimensions } = mesh;
  const boxes = subdomainBoxes(position, dimensions, owner, parts);
  const isNear = (node: number, rank: number) =>
    squaredDistanceToBox(boxes, rank, position, dimensions, node) <= width * width;
  return Uint8Array.from(owner, (own, node) => {
    for (let rank = 0; rank < parts; rank++) {
      if (rank !== own && isNear(node, rank)) return 1;
    }
    return 0;
  });
}
