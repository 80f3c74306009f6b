/**
 * Jobs that a program yields, here for several sizes:
 * `deno task retrain scripts/examples/jobs.ts --list`. @module
 */

import type { Job } from "@haloflow/haloflow";

/** Every network has about the same work per step: half the nodes for twice the hops. */
export default function* jobs(): Iterable<Job> {
  for (const hops of [2, 4, 8]) {
    yield {
      name: `hops${hops}`,
      preset: "darcy",
      network: "ds2",
      set: {
        "stages.model.with.hops": hops,
        "stages.graphs.with.nodes": 800 / hops,
        "stages.graphs.with.epochs": 3,
        "stages.testGraphs.with.rounds": 1,
      },
      grid: { seed: [0, 1] },
    };
  }
}
