import assert from "node:assert/strict";
import type { ComparedRun } from "../../../../pipeline/reporting/comparison/compared_run.ts";
import {
  baselineMargin,
  EQUAL_STEPS,
  expectations,
  LOSS_TOLERANCE,
  rmseRatio,
} from "../../../../pipeline/reporting/comparison/expectations.ts";
import { run } from "./compared_runs.ts";

const STEPS = 25;

/** Losses that fall, off by a relative difference at one step. */
function losses(difference = 0, step = 0): number[] {
  return Array.from({ length: STEPS }, (_, k) => (k === step ? 1 + difference : 1) / (k + 1));
}

/** Whether each claim that begins so is met. */
function met(runs: readonly ComparedRun[], start: string): boolean[] {
  return expectations(runs).filter(({ claim }) => claim.startsWith(start)).map(({ met }) => met);
}

Deno.test("expectations() states losses, final errors, the GCN and the baselines", () => {
  const runs = ["S-MPNN", "DS-MPNN_2", "GCN"].map((network, k) => run(network, 0, [0.2, 0.202, 0.5][k]));
  assert.deepEqual(expectations(runs), [
    {
      claim: "DS-MPNN_2 has the losses of S-MPNN over the first 20 steps",
      found: "largest relative difference 0, expected at most 0.0001",
      met: true,
    },
    { claim: "DS-MPNN_2 ends with the RMSE of S-MPNN", found: "1.010 times, expected 1 ± 0.03", met: true },
    {
      claim: "GCN is clearly worse than S-MPNN",
      found: "RMSE 2.50 times, expected at least 1.1",
      met: true,
    },
    ...([["S-MPNN", "80.0"], ["DS-MPNN_2", "79.8"], ["GCN", "50.0"]] as const).map(([network, percent]) => ({
      claim: `${network} beats both baselines in RMSE, normalised or not`,
      found: `at least ${percent}\u202f% below the nearest training sample`,
      met: true,
    })),
  ]);
});

Deno.test("expectations() compares every one of the first losses with that of the same seed", () => {
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
    Math.abs(rmseRatio(compared(0.2, 0.7).slice(1, 2), compared(0.2, 0.7).slice(2, 3)) - 0.5) < 1e-12,
  );
});

Deno.test("expectations() misses a GCN that is as good, and a network above a baseline, and says so", () => {
  const runs = [run("S-MPNN", 0, 1.5), run("GCN", 0, 1.6)];
  assert.deepEqual(expectations(runs).map(({ met }) => met), [false, false, false]);
  assert.match(
    expectations(runs)[1].found,
    /^50\.0.% above the nearest training sample$/,
  );
});

Deno.test("baselineMargin() is the smaller one of RMSE and normalised RMSE, against the better baseline", () => {
  assert.ok(Math.abs(baselineMargin([run("S-MPNN", 0, 0.2), run("S-MPNN", 1, 0.4)]).share - 0.7) < 1e-12);
  // Normalised, this one is worse than the nearest sample; in physical units it is better than both.
  const [network, nearest, mean] = run("S-MPNN", 0, 0.2).metrics;
  const odd = {
    ...network,
    metrics: { ...network.metrics, normalisedRmse: 2 * nearest.metrics.normalisedRmse },
  };
  const { share, baseline } = baselineMargin([{ ...run("S-MPNN", 0, 0.2), metrics: [odd, nearest, mean] }]);
  assert.ok(Math.abs(share + 1) < 1e-12);
  assert.equal(baseline, "Nearest training sample");
});

Deno.test("expectations() asks of a network alone only that it beats the baselines", () => {
  assert.equal(expectations([run("GCN", 0, 0.2)]).length, 1);
});
