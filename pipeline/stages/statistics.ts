/** Means and scales of the training data, for its z-scores. @module */

import { z } from "zod";
import { DataError } from "../../errors.ts";
import { createRecordBatch, type RecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import {
  doubtfulColumns,
  roundOffColumns,
  type StatedColumns,
} from "../training/doubtful_columns.ts";
import { derivations, vectorColumns } from "../derived/derivation.ts";
import { trainingDataColumns } from "../training/model_batch.ts";
import { ColumnStatistics, type ColumnSummary } from "../training/normalisation.ts";
import { MESH, STATISTICS } from "../batches/batch_schemas.ts";
import { offsetsOf, trueRows } from "../batches/value_offsets.ts";
import {
  checkDivisors,
  divisors,
  targetDivisors,
  targetPowers,
} from "../training/target_divisors.ts";
import { RangeStatistics, type TrainingRange } from "../training/training_range.ts";

export default defineStage({
  name: "statistics",
  description: "Computes mean, standard deviation and range of every input and target over all " +
    "meshes, and warns of those from which a network cannot learn.",
  options: z.strictObject({ divisors: divisors.default({}) }),
  inputs: [MESH],
  output: STATISTICS,
  repeats: {},
  usesDirectory: false,
  async *run({ inputs: [meshes], options, beat, warn }) {
    let statistics: Statistics | undefined;
    for await (const batch of meshes) {
      beat();
      const inputNames = batch.texts("inputNames", 0);
      const targetNames = batch.texts("targetNames", 0);
      const dimensions = batch.value("dimensions", 0, "int32");
      statistics ??= {
        first: batch,
        input: new ColumnStatistics(inputNames.length),
        physical: new ColumnStatistics(targetNames.length),
        relative: new ColumnStatistics(targetNames.length),
        range: new RangeStatistics(inputNames.length),
        powers: targetPowers(options.divisors, inputNames, targetNames, dimensions),
      };
      const position = batch.list("position", 0, "float32");
      const input = trueRows(batch, "input");
      const known = batch.list("known", 0, "float32");
      statistics.input.add(rowsIn(batch, "input", statistics.first));
      statistics.range.add({ position, dimensions }, input);
      statistics.physical.add(
        knownRows(rowsIn(batch, "target", statistics.first), known, targetNames.length),
      );
      const target = trueRows(batch, "target");
      const rows = target.length / targetNames.length;
      const divisors = targetDivisors(input, rows, statistics.powers, inputNames);
      if (divisors === undefined) continue;
      checkDivisors(divisors, { id: batch.value("id", 0, "utf8"), targetNames });
      const relative = target.map((value, k) => value / divisors[k]);
      statistics.relative.add(knownRows(relative, known, targetNames.length));
    }
    if (statistics === undefined) {
      throw new DataError("Cannot compute statistics: there is no mesh");
    }
    const { first, powers } = statistics;
    const targetNames = first.texts("targetNames", 0);
    if (targetNames.length > 0 && statistics.physical.count === 0) {
      throw new DataError(
        "Cannot compute statistics: targets must be known at one node at least, the mask is 0 at " +
          "all nodes of all training meshes",
      );
    }
    const inputs = statedColumns(first, "input", statistics.input);
    const targets = statedColumns(first, "target", statistics.physical);
    const noisyInputs = roundOffColumns(inputs);
    const noisyTargets = roundOffColumns(targets);
    const doubts = [
      ...doubtfulColumns(inputs, noisyInputs),
      ...doubtfulColumns(targets, noisyTargets),
    ];
    for (const doubt of doubts) warn(doubt);
    const derivedText = first.value("derived", 0, "utf8");
    const derived = derivedText === "" ? undefined : derivations.parse(JSON.parse(derivedText));
    const dimensions = first.value("dimensions", 0, "int32");
    const vectors = vectorColumns(derived ?? [], {
      dimensions,
      inputNames: first.texts("inputNames", 0),
    });
    const input = isotropic(
      withoutScale(statistics.input.result(), noisyInputs),
      vectors.map((columns) => columns.map((c) => ({ c, ...inputs.columns[c] }))),
    );
    const physical = withoutScale(statistics.physical.result(), noisyTargets);
    const target = powers.length === 0
      ? physical
      : withoutScale(statistics.relative.result(), noisyTargets);
    const preparation = first.value("preparation", 0, "utf8");
    yield createRecordBatch(STATISTICS, [{
      inputMean: input.mean,
      inputScale: input.scale,
      targetMean: target.mean,
      targetScale: target.scale,
      targetPowers: powers,
      targetDeviation: physical.scale,
      valueOffset: first.list("valueOffset", 0, "float64"),
      ...trainingDataColumns({
        dimensions,
        range: widened(statistics.range.result(), noisyInputs),
        preparation: preparation === "" ? undefined : JSON.parse(preparation),
        title: first.value("title", 0, "utf8"),
        derived,
      }),
    }]);
  },
});

interface Statistics {
  /** The first mesh, whose offsets those of the statistics are. */
  readonly first: RecordBatch;
  readonly input: ColumnStatistics;
  /** Targets in their units. */
  readonly physical: ColumnStatistics;
  /** Targets divided by their divisors, if they have divisors. */
  readonly relative: ColumnStatistics;
  readonly range: RangeStatistics;
  readonly powers: Float64Array;
}

/** Rows `[N, width]` of a mesh with the offsets of the `first` mesh. */
function rowsIn(
  batch: RecordBatch,
  rows: "input" | "target",
  first: RecordBatch,
): Float32Array | Float64Array {
  const values = batch.list(rows, 0, "float32");
  const offsets = offsetsOf(first, rows);
  const shift = offsetsOf(batch, rows).map((offset, c) => offset - offsets[c]);
  if (shift.every((value) => value === 0)) return values;
  return Float64Array.from(values, (value, k) => value + shift[k % shift.length]);
}

/** The rows of nodes whose targets are known; all of them without a mask. */
function knownRows(
  rows: Float32Array | Float64Array,
  known: Float32Array,
  width: number,
): Float32Array | Float64Array {
  return known.length === 0 ? rows : rows.filter((_, k) => known[Math.floor(k / width)] !== 0);
}

function statedColumns(
  first: RecordBatch,
  rows: "input" | "target",
  statistics: ColumnStatistics,
): StatedColumns {
  const names = first.texts(rows === "input" ? "inputNames" : "targetNames", 0);
  return {
    role: rows === "input" ? "Input" : "Target",
    names,
    dimensions: rows === "input" ? first.value("dimensions", 0, "int32") : 0,
    columns: names.map((_, c) => statistics.column(c)),
    offsets: offsetsOf(first, rows),
  };
}

/** The range with that of round-off around columns that are round-off. */
function widened(
  { inputMin, inputMax, spacing }: TrainingRange,
  roundOff: ReadonlyMap<number, number>,
): TrainingRange {
  return {
    inputMin: inputMin.map((value, c) => value - (roundOff.get(c) ?? 0)),
    inputMax: inputMax.map((value, c) => value + (roundOff.get(c) ?? 0)),
    spacing,
  };
}

/** Mean and scale of each column. */
interface Scaling {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/**
 * The same with mean 0 and one scale for all components of each vector, the root mean square of
 * its components, so that directions are preserved.
 */
function isotropic(
  scaling: Scaling,
  vectors: readonly (readonly (ColumnSummary & { readonly c: number })[])[],
): Scaling {
  const mean = scaling.mean.slice();
  const scale = scaling.scale.slice();
  for (const vector of vectors) {
    const squares = vector.reduce(
      (sum, column) => sum + column.mean ** 2 + column.deviation ** 2,
      0,
    );
    for (const { c } of vector) {
      mean[c] = 0;
      scale[c] = squares > 0 ? Math.sqrt(squares / vector.length) : 1;
    }
  }
  return { mean, scale };
}

/** The same with the scale 1 of a constant for some columns. */
function withoutScale(
  { mean, scale }: { readonly mean: Float64Array; readonly scale: Float64Array },
  columns: ReadonlyMap<number, number>,
) {
  return { mean, scale: scale.map((value, c) => columns.has(c) ? 1 : value) };
}
