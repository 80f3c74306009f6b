/**
 * The nodes of a mesh near the borders between subdomains.
 *
 * @module
 */

import { squaredDistanceToBox, subdomainBoxes } from "../../graph/subdomain_boxes.ts";

/**
 * Marks the nodes near the box of another subdomain.
 *
 * @param mesh Node positions [N, D] in D `dimensions`
 * @param owner Rank that owns each node [N]
 * @param parts Number of subdomains
 * @param width Largest distance, in units of the positions
 * @returns A mask [N]: 1 for a node within `width` of another subdomain's box, otherwise 0
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const mesh = { position: Float32Array.of(0, 1, 2, 3), dimensions: 1 };
 * const near = nodesNearSubdomains(mesh, Uint32Array.of(0, 0, 1, 1), 2, 1);
 * assert.deepEqual([...near], [0, 1, 1, 0]);
 * ```
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
