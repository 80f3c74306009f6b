/**
 * A custom pipeline with a custom stage:
 * `deno task pipeline scripts/examples/small_darcy.ts`. @module
 */

import { definePipeline } from "@haloflow/haloflow";

export default definePipeline({
  name: "small_darcy",
  stages: {
    meshes: { run: "load", with: { store: "data/darcy.zarr", split: "train", limit: 20 } },
    scales: { run: "statistics", from: "meshes" },
    subdomains: { run: "partition", from: "meshes", with: { parts: 2, overlap: 0.2 } },
    graphs: {
      run: "sample",
      from: "subdomains",
      with: { nodes: 400, radius: 0.2, maxEdges: 32, epochs: 3 },
    },
    model: { run: "train", from: ["graphs", "scales"], ranks: 2, with: { hops: 4, width: 32 } },
    losses: { run: "./loss_table.ts", from: "model" },
  },
});
