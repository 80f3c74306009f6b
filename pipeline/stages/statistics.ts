/** Means and scales of the training data, by which networks see z-scores. @module */

import { z } from "zod";
import { DataError } from "../../errors.ts";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/stage.ts";
import { ColumnStatistics } from "./normalisation.ts";
import { MESH, STATISTICS } from "./schemas.ts";

export default defineStage({
  name: "statistics",
  description: "Gives mean and standard deviation of every input and target over all nodes of all meshes.",
  options: z.strictObject({}),
  inputs: [MESH],
  output: STATISTICS,
  repeats: {},
  usesDirectory: false,
  async *run({ inputs: [meshes] }) {
    let statistics: { readonly input: ColumnStatistics; readonly target: ColumnStatistics } | undefined;
    for await (const batch of meshes) {
      statistics ??= {
        input: new ColumnStatistics(batch.texts("inputNames", 0).length),
        target: new ColumnStatistics(batch.texts("targetNames", 0).length),
      };
      statistics.input.add(batch.list("input", 0, "float32"));
      statistics.target.add(batch.list("target", 0, "float32"));
    }
    if (statistics === undefined) throw new DataError("Cannot take statistics as there is no mesh");
    const input = statistics.input.result(), target = statistics.target.result();
    yield createRecordBatch(STATISTICS, [{
      inputMean: input.mean,
      inputScale: input.scale,
      targetMean: target.mean,
      targetScale: target.scale,
    }]);
  },
});
