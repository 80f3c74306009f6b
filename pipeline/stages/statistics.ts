/** Means and scales of the training data, for its z-scores. @module */

import { z } from "zod";
import { DataError } from "../../errors.ts";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { ColumnStatistics } from "../training/normalisation.ts";
import { MESH, STATISTICS } from "../batches/batch_schemas.ts";
import {
  checkDivisors,
  divisors,
  targetDivisors,
  targetPowers,
} from "../training/target_divisors.ts";

export default defineStage({
  name: "statistics",
  description: "Computes mean and standard deviation of every input and target over all meshes.",
  options: z.strictObject({ divisors: divisors.default({}) }),
  inputs: [MESH],
  output: STATISTICS,
  repeats: {},
  usesDirectory: false,
  async *run({ inputs: [meshes], options }) {
    let statistics: Statistics | undefined;
    for await (const batch of meshes) {
      const inputNames = batch.texts("inputNames", 0);
      const targetNames = batch.texts("targetNames", 0);
      statistics ??= {
        input: new ColumnStatistics(inputNames.length),
        physical: new ColumnStatistics(targetNames.length),
        relative: new ColumnStatistics(targetNames.length),
        powers: targetPowers(options.divisors, inputNames, targetNames),
      };
      const input = batch.list("input", 0, "float32");
      const target = batch.list("target", 0, "float32");
      statistics.input.add(input);
      statistics.physical.add(target);
      const rows = target.length / targetNames.length;
      const divisors = targetDivisors(input, rows, statistics.powers, inputNames);
      if (divisors === undefined) continue;
      checkDivisors(divisors, { id: batch.value("id", 0, "utf8"), targetNames });
      statistics.relative.add(target.map((value, k) => value / divisors[k]));
    }
    if (statistics === undefined) {
      throw new DataError("Cannot compute statistics: there is no mesh");
    }
    const { powers } = statistics;
    const input = statistics.input.result();
    const physical = statistics.physical.result();
    const target = powers.length === 0 ? physical : statistics.relative.result();
    yield createRecordBatch(STATISTICS, [{
      inputMean: input.mean,
      inputScale: input.scale,
      targetMean: target.mean,
      targetScale: target.scale,
      targetPowers: powers,
      targetDeviation: physical.scale,
    }]);
  },
});

interface Statistics {
  readonly input: ColumnStatistics;
  /** Targets in their units. */
  readonly physical: ColumnStatistics;
  /** Targets divided by their divisors, if they have divisors. */
  readonly relative: ColumnStatistics;
  readonly powers: Float64Array;
}
