import assert from "node:assert/strict";
import {
  type ComparisonTable,
  comparisonTable,
} from "../../../../pipeline/experiments/comparison/comparison_table.ts";
import { run } from "./compared_runs.ts";

const table = comparisonTable([
  run("S-MPNN", 0, 0.3),
  run("GCN", 0, 0.9),
  run("S-MPNN", 1, 0.5),
  run("GCN", 1, 0.7),
]);

/** The figure of a row; undefined if the row lacks it. */
function figure({ measures, rows }: ComparisonTable, label: string, group: string, name: string) {
  const at = measures.findIndex((measure) => measure.group === group && measure.name === name);
  return rows.find((row) => row.label === label)?.spreads[at];
}

function assertSpread(label: string, group: string, name: string, mean: number, deviation: number) {
  const spread = figure(table, label, group, name);
  assert.ok(spread, `${label}, ${group}: ${name}`);
  assert.ok(
    Math.abs(spread.mean - mean) < 1e-12 * mean,
    `${group}, ${name}: ${spread.mean} is not ${mean}`,
  );
  assert.ok(
    Math.abs(spread.deviation - deviation) < 1e-12,
    `${group}, ${name}: ± ${spread.deviation}`,
  );
}

Deno.test("comparisonTable() has networks in the order of their runs, then the baselines", () => {
  assert.deepEqual(table.rows.map(({ label, kind }) => [label, kind]), [
    ["S-MPNN", "network"],
    ["GCN", "network"],
    ["Nearest training sample", "baseline"],
    ["Training mean", "baseline"],
  ]);
});

Deno.test("comparisonTable() gives mean and deviation of every error, as computed by hand", () => {
  // Errors 0.3 and 0.5: mean 0.4, deviation √0.02; every root of a mean square is linear in the
  // error.
  const deviation = Math.sqrt(0.02);
  const linear = (group: string, name: string, factor: number) =>
    assertSpread("S-MPNN", group, name, 0.4 * factor, deviation * factor);
  linear("all nodes", "RMSE", Math.sqrt(2 / 6));
  linear("all nodes", "normalised RMSE", Math.sqrt(1.25 / 6));
  linear("all nodes", "relative L2", Math.sqrt((1 / 25 + 1 / 104) / 2));
  linear("relative L2 by field", "velocity", 1 / 5);
  linear("relative L2 by field", "pressure", 1 / Math.sqrt(104));
  linear("volume, relative L2", "velocity.y", 1 / 4);
  linear("surface, relative L2", "pressure", 1 / 2);
  // Squares 0.09 and 0.25: mean 0.17, deviation √(2 · 0.08²).
  const squares = (group: string, name: string, factor: number) =>
    assertSpread("S-MPNN", group, name, 0.17 * factor, Math.sqrt(2) * 0.08 * factor);
  squares("surface, normalised MSE", "pressure", 1 / 4);
  squares("surface, normalised MSE", "all", 1 / 12);
  squares("volume, normalised MSE", "velocity.y", 1);
  squares("volume, normalised MSE", "all", 1 / 3);
});

Deno.test("comparisonTable() leaves out measures that are undefined in all rows", () => {
  const names = table.measures.filter(({ group }) => group === "surface, relative L2").map((
    { name },
  ) => name);
  assert.deepEqual(names, ["pressure"], "the velocity is 0 on the wall");
});

Deno.test("comparisonTable() gives the baselines their errors, without a cost", () => {
  assertSpread("Nearest training sample", "relative L2 by field", "velocity", 1 / 5, 0);
  assertSpread("Training mean", "relative L2 by field", "velocity", 2 / 5, 0);
  assert.equal(figure(table, "Training mean", "cost", "peak memory"), undefined);
});

Deno.test("comparisonTable() gives the networks their cost", () => {
  assertSpread("GCN", "cost", "time per step", 0.021, Math.sqrt(2) * 0.001);
  assertSpread("GCN", "cost", "parameters", 12_345, 0);
  assertSpread("GCN", "cost", "prediction per sample", 1.5, 0);
  assertSpread("GCN", "cost", "peak memory", 4e8, 0);
});

Deno.test("comparisonTable() leaves out a figure that a run lacks", () => {
  const { stepSeconds: _, ...without } = run("S-MPNN", 0, 0.3);
  const short = comparisonTable([{ ...without, stepSeconds: undefined }]);
  assert.equal(figure(short, "S-MPNN", "cost", "time per step"), undefined);
});
