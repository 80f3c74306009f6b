import assert from "node:assert/strict";
import type { ComparedRun } from "../../../../pipeline/experiments/comparison/compared_run.ts";
import {
  baselineMargin,
  EQUAL_STEPS,
  errorRatio,
  expectations,
  LOSS_TOLERANCE,
} from "../../../../pipeline/experiments/comparison/expectations.ts";
import { run } from "./compared_runs.ts";

const STEPS = 25;

/** Falling losses, with a relative difference at one step. */
function losses(difference = 0, step = 0): number[] {
  return Array.from({ length: STEPS }, (_, k) => (k === step ? 1 + difference : 1) / (k + 1));
}

/** Whether each claim with a prefix is met. */
function met(runs: readonly ComparedRun[], start: string): boolean[] {
  return expectations(runs).filter(({ claim }) => claim.startsWith(start)).map(({ met }) => met);
}

Deno.test("expectations() states losses, final errors, the GCN and the baselines", () => {
  const runs = ["S-MPNN", "DS-MPNN_2", "GCN"].map((network, k) =>
    run(network, 0, [0.2, 0.202, 0.5][k])
  );
  assert.deepEqual(expectations(runs), [
    {
      claim: "DS-MPNN_2 has the losses of S-MPNN over the first 20 steps",
      found: "largest relative difference 0, expected at most 0.0001",
      met: true,
    },
    {
      claim: "DS-MPNN_2 ends with the RMSE of S-MPNN",
      found: "1.010 times, expected 1 ± 0.03",
      met: true,
    },
    {
      claim: "GCN is clearly worse than S-MPNN",
      found: "normalised RMSE 2.50 times, expected at least 1.1; RMSE 2.50 times",
      met: true,
    },
    ...([["S-MPNN", "80.0"], ["DS-MPNN_2", "79.8"], ["GCN", "50.0"]] as const).flatMap((
      [network, percent],
    ) =>
      ["RMSE", "normalised RMSE"].map((error) => ({
        claim: `${network} beats every baseline in ${error}`,
        found: `${percent}\u202f% below the nearest training sample`,
        met: true,
      }))
    ),
  ]);
});

Deno.test("expectations() compares each of the first losses with that of the same seed", () => {
  const claim = "DS-MPNN_2 has the losses";
  const compared = (difference: number, step: number) => [
    run("S-MPNN", 0, 0.2, { losses: losses() }),
    run("DS-MPNN_2", 0, 0.2, { losses: losses() }),
    run("S-MPNN", 1, 0.2, { losses: losses().map((loss) => 2 * loss) }),
    run("DS-MPNN_2", 1, 0.2, { losses: losses(difference, step).map((loss) => 2 * loss) }),
  ];
  assert.deepEqual(met(compared(0, 0), claim), [true]);
  for (const step of [0, EQUAL_STEPS - 1]) {
    for (const sign of [1, -1]) {
      assert.deepEqual(met(compared(0.9 * sign * LOSS_TOLERANCE, step), claim), [true]);
      assert.deepEqual(met(compared(1.1 * sign * LOSS_TOLERANCE, step), claim), [false]);
    }
  }
  assert.deepEqual(met(compared(0.5, EQUAL_STEPS), claim), [true], "later steps do not count");
});

Deno.test("expectations() judges final errors by their mean over the seeds", () => {
  const compared = (first: number, second: number) => [
    run("S-MPNN", 0, 0.2),
    run("DS-MPNN_4", 0, first),
    run("S-MPNN", 1, 0.4),
    run("DS-MPNN_4", 1, second),
  ];
  const claim = "DS-MPNN_4 ends";
  assert.deepEqual(met(compared(0.25, 0.355), claim), [true]);
  assert.deepEqual(met(compared(0.2, 0.4 * 1.05), claim), [false]);
  assert.deepEqual(met(compared(0.2, 0.4 * 0.95), claim), [false]);
  assert.ok(
    Math.abs(errorRatio(compared(0.2, 0.7).slice(1, 2), compared(0.2, 0.7).slice(2, 3)) - 0.5) <
      1e-12,
  );
});

Deno.test("expectations() are missed by a GCN that is as good, and above a baseline", () => {
  const runs = [run("S-MPNN", 0, 1.5), run("GCN", 0, 1.6)];
  assert.deepEqual(expectations(runs).map(({ met }) => met), [false, false, false, false, false]);
  assert.match(
    expectations(runs)[1].found,
    /^50\.0.% above the nearest training sample$/,
  );
});

/**
 * A run whose normalised RMSE is `times` that of the nearest sample, although its RMSE is a fifth.
 */
function unbalanced(network: string, times: number): ComparedRun {
  const balanced = run(network, 0, 0.2);
  const [figures, nearest, mean] = balanced.metrics;
  const normalisedRmse = times * nearest.metrics.normalisedRmse;
  const odd = { ...figures, metrics: { ...figures.metrics, normalisedRmse } };
  return { ...balanced, metrics: [odd, nearest, mean] };
}

Deno.test("baselineMargin() is relative to the better baseline of each error", () => {
  const runs = [run("S-MPNN", 0, 0.2), run("S-MPNN", 1, 0.4)];
  for (const error of ["rmse", "normalisedRmse"] as const) {
    assert.ok(Math.abs(baselineMargin(runs, error).share - 0.7) < 1e-12);
  }
  const odd = [unbalanced("S-MPNN", 2)];
  assert.ok(Math.abs(baselineMargin(odd, "rmse").share - 0.8) < 1e-12);
  const { share, baseline } = baselineMargin(odd, "normalisedRmse");
  assert.ok(Math.abs(share + 1) < 1e-12);
  assert.equal(baseline, "Nearest training sample");
});

Deno.test("expectations() judges the GCN by its normalised RMSE, and gives its RMSE too", () => {
  const [worse] = expectations([run("S-MPNN", 0, 0.4), unbalanced("GCN", 0.8)]);
  assert.equal(worse.found, "normalised RMSE 2.00 times, expected at least 1.1; RMSE 0.500 times");
  assert.ok(worse.met);
});

Deno.test("expectations() of a single network are that it beats the baselines", () => {
  assert.equal(expectations([run("GCN", 0, 0.2)]).length, 2);
});
