/** A small training on 2 ranks behind a stage that fails. @module */

import { definePipeline, type PipelineSpec } from "../../../../mod.ts";

/** Meshes of the training split, and epochs. */
const MESHES = 5;
const EPOCHS = 6;

export const STEPS = MESHES * EPOCHS;

/** The pipeline; `failures` end its first runs, by names of `failing_graphs.ts`. */
export function failingPipeline(store: string, failures: readonly string[]): PipelineSpec {
  const width = { width: 8, hops: 1, kernelHidden: [8], encoderHidden: [8], decoderHidden: [8] };
  return definePipeline({
    name: "failing",
    stages: {
      meshes: { run: "load", with: { store } },
      scales: { run: "statistics", from: "meshes" },
      subdomains: { run: "partition", from: "meshes", with: { parts: 2 } },
      drawn: {
        run: "sample",
        from: "subdomains",
        with: { nodes: 60, radius: 0.3, epochs: EPOCHS },
      },
      graphs: {
        run: import.meta.resolve("./failing_graphs.ts"),
        from: "drawn",
        with: { failures },
      },
      model: {
        run: "train",
        from: ["graphs", "scales"],
        ranks: 2,
        with: { ...width, device: "cpu" },
      },
    },
  });
}
