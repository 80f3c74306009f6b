import assert from "node:assert/strict";
import {
  countNeighbours,
  NEIGHBOUR_COUNTS,
  neighbourFigures,
} from "../../../pipeline/training/neighbour_counts.ts";

const RULE = { edges: "radius", radius: 1, maxEdges: 3, sampledNodes: 0 } as const;

Deno.test("neighbourFigures() sums the nodes of several parts", () => {
  const counts = new Float64Array(NEIGHBOUR_COUNTS);
  assert.equal(neighbourFigures(counts, RULE), undefined);
  countNeighbours(Uint32Array.of(0, 1, 4), counts);
  countNeighbours(Uint32Array.of(0, 2, 5), counts);
  countNeighbours(Uint32Array.of(0), counts);
  // 1, 3, 2 and 3 neighbours.
  assert.deepEqual(neighbourFigures(counts, RULE), {
    minNeighbours: 1,
    medianNeighbours: 2,
    maxNeighbours: 3,
    shareAtMaxEdges: 0.5,
  });
  countNeighbours(Uint32Array.of(0, 1000), counts);
  const { maxNeighbours, medianNeighbours } = neighbourFigures(counts, RULE)!;
  assert.deepEqual([maxNeighbours, medianNeighbours], [undefined, 3]);
});
