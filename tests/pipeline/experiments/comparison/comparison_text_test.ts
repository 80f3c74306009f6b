import assert from "node:assert/strict";
import { parseCsv } from "../../../../io/tables/csv.ts";
import {
  comparisonCsv,
  comparisonJson,
  comparisonText,
} from "../../../../pipeline/experiments/comparison/comparison_text.ts";
import { comparison, run } from "./compared_runs.ts";

const runs = [run("S-MPNN", 0, 0.3), run("GCN", 0, 1.9), run("S-MPNN", 1, 0.5), run("GCN", 1, 1.7)];

Deno.test("comparisonText() fits 80 columns and shows figures, terms and expectations", () => {
  const text = comparisonText(comparison(runs));
  for (const line of text.split("\n")) assert.ok([...line].length <= 80, line);
  assert.match(text, /^ all nodes +RMSE +normalised +relative$/m);
  assert.match(text, /^ S-MPNN +0\.231 ± 0\.082 +0\.183 ± 0\.065 +6\.30 ± 2\.23.%$/m);
  assert.match(text, /^ volume, normalised MSE +all +velocity\.x +velocity\.y +pressure$/m);
  assert.match(text, /^ mean ± standard deviation over 2 seeds$/m);
  assert.match(text, /^ times on 2 cores \(WebAssembly SIMD\)$/m);
  assert.match(text, /^ {2}met +GCN is clearly worse than S-MPNN:\n +normalised RMSE 4\.50 times/m);
  assert.match(text, /^ {2}MISSED GCN beats every baseline in normalised RMSE:\n/m);
});

Deno.test("comparisonText() notes that one seed has no spread", () => {
  const text = comparisonText(comparison(runs.slice(0, 2)));
  assert.match(text, /^ one seed, so without a spread$/m);
  assert.equal(text.match(/±/g)?.length, undefined);
});

Deno.test("comparisonCsv() has a line per figure, with all digits", () => {
  const columns = parseCsv(comparisonCsv(comparison(runs)));
  const head = ["method", "kind", "group", "measure", "unit", "mean", "deviation", "seeds"];
  assert.deepEqual([...columns.keys()], head);
  const at = columns.get("method")!.findIndex((method, k) =>
    method === "S-MPNN" && columns.get("measure")![k] === "normalised RMSE"
  );
  assert.ok(Math.abs(Number(columns.get("mean")![at]) - 0.4 * Math.sqrt(1.25 / 6)) < 1e-15);
  assert.ok(Math.abs(Number(columns.get("deviation")![at]) - Math.sqrt(0.02 * 1.25 / 6)) < 1e-15);
  assert.equal(columns.get("seeds")![at], "2");
  const alone = parseCsv(comparisonCsv(comparison(runs.slice(0, 1))));
  assert.ok(
    alone.get("deviation")!.every((text) => text === ""),
    "undefined figures are empty",
  );
  assert.ok(
    columns.get("group")!.includes("surface, normalised MSE"),
    "a comma does not split a text",
  );
});

Deno.test("comparisonJson() has the values of every seed, the expectations and the runs", () => {
  const json = JSON.parse(JSON.stringify(comparisonJson(comparison(runs))));
  const [{ label, figures }] = json.rows;
  assert.equal(label, "S-MPNN");
  const rmse = figures.find(({ name }: { name: string }) => name === "RMSE");
  assert.deepEqual(
    rmse.values,
    runs.filter(({ network }) => network === "S-MPNN").map(({ metrics }) =>
      metrics[0].metrics.rmse
    ),
  );
  assert.deepEqual(json.expectations.map(({ met }: { met: boolean }) => met), [
    true,
    true,
    true,
    false,
    false,
  ]);
  assert.equal(json.runs.length, 4);
  assert.deepEqual([json.runs[0].steps, json.runs[0].finalLoss, json.runs[0].peakBytes], [
    25,
    1,
    4e8,
  ]);
});
