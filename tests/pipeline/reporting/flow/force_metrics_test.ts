import assert from "node:assert/strict";
import {
  type Body,
  ForceAccumulator,
  forceCoefficients,
  spearman,
} from "../../../../pipeline/reporting/flow/force_metrics.ts";
import rankCorrelations from "../../../fixtures/flow/rank_correlations.json" with { type: "json" };
import { wallOf } from "../../../../pipeline/reporting/flow/wall.ts";
import { circle, ringMesh } from "./ring_mesh.ts";

const ROUNDING = 1e-12;
const OUTPUTS = 4;

/** A round body in a wind along x; its area is that of the polygon. */
function roundBody(speed: number): { readonly body: Body; readonly area: number } {
  const { position, cells, wallCount } = ringMesh(circle(48), [1, 1.01]);
  const wall = wallOf(cells, position, (node) => node < wallCount);
  const columns = { pressure: 2, velocity: [0, 1] as const };
  return {
    body: { position, cells, wall, inlet: [speed, 0], columns },
    area: 24 * Math.sin(2 * Math.PI / 48),
  };
}

/**
 * Rows velocity.x, velocity.y, pressure, nut: a pressure of gradient `pressure`, and `rate` times
 * height around.
 */
function flow({ position }: Body, pressure: readonly [number, number], rate = 0): Float64Array {
  const nodeCount = position.length / 2;
  const rows = new Float64Array(OUTPUTS * nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    const [x, y] = [position[2 * node], position[2 * node + 1]];
    const height = Math.hypot(x, y) - 1;
    rows.set(
      [-y * rate * height, x * rate * height, pressure[0] * x + pressure[1] * y, 7],
      OUTPUTS * node,
    );
  }
  return rows;
}

Deno.test("forceCoefficients() take pressure and velocity from their columns", () => {
  const { body, area } = roundBody(10);
  const { lift, drag, pressureDrag } = forceCoefficients(body, flow(body, [-3, -20]));
  assert.ok(Math.abs(pressureDrag - 3 * area / 50) < ROUNDING);
  assert.ok(Math.abs(drag - 3 * area / 50) < ROUNDING);
  assert.ok(Math.abs(lift - 20 * area / 50) < ROUNDING);
});

Deno.test("ForceAccumulator gives the error and rank correlation of lift and drag", () => {
  const forces = new ForceAccumulator();
  const { body, area } = roundBody(10);
  // Lift: 10, 20, 30 predicted as 11, 18, 36; drag: 1, 2, 4 predicted as 2, 1, 4.
  for (
    const [lift, drag, predictedLift, predictedDrag] of [[10, 1, 11, 2], [20, 2, 18, 1], [
      30,
      4,
      36,
      4,
    ]]
  ) {
    forces.add(
      `${lift}`,
      body,
      flow(body, [-drag, -lift]),
      flow(body, [-predictedDrag, -predictedLift]),
    );
  }
  const { friction, coefficients } = forces.result()!;
  assert.equal(friction, true);
  const { lift, drag } = coefficients;
  assert.ok(Math.abs(lift.meanRelativeError - (0.1 + 0.1 + 0.2) / 3) < ROUNDING);
  assert.ok(Math.abs(drag.meanRelativeError - (1 + 0.5 + 0) / 3) < ROUNDING);
  assert.ok(Math.abs(lift.meanAbsoluteError - 3 * area / 50) < ROUNDING);
  assert.ok(Math.abs(lift.rangeError - 3 / 20) < ROUNDING);
  assert.ok(Math.abs(drag.rangeError - 2 / 3 / 3) < ROUNDING);
  assert.deepEqual([lift.rankCorrelation, drag.rankCorrelation], [1, 0.5]);
  assert.deepEqual(lift.samples.map(({ id }) => id), ["10", "20", "30"]);
});

Deno.test("ForceAccumulator gives absolute errors of a lift of 0, no ranks of two", () => {
  const forces = new ForceAccumulator();
  const { body } = roundBody(10);
  for (const id of ["a", "b"]) forces.add(id, body, flow(body, [-1, 0]), flow(body, [-1, -0.5]));
  const { meanAbsoluteError, rangeError, rankCorrelation, samples } =
    forces.result()!.coefficients.lift;
  assert.ok(samples.every(({ truth }) => Math.abs(truth) < ROUNDING));
  assert.ok(Math.abs(meanAbsoluteError - samples[0].predicted) < ROUNDING);
  assert.ok(meanAbsoluteError > 0.02);
  assert.ok(Number.isNaN(rangeError) && Number.isNaN(rankCorrelation));
});

Deno.test("ForceAccumulator excludes friction without a linear layer at the wall", () => {
  const { body } = roundBody(10);
  // √(rate · height² / ν) is 4 and 6 in the two flows; the prediction does not matter.
  const rate = (cellHeight: number) => cellHeight ** 2 * 1.56e-5 / 0.01 ** 2;
  const coarse = flow(body, [-1, -2], rate(6));
  const resolved = flow(body, [-1, -2], rate(4));
  for (const [truth, friction] of [[resolved, true], [coarse, false]] as const) {
    const forces = new ForceAccumulator();
    forces.add("a", body, truth, coarse);
    forces.add("b", body, resolved, resolved);
    const result = forces.result()!;
    assert.equal(result.friction, friction);
    const names = friction ? ["lift", "drag"] : ["pressure lift", "pressure drag"];
    assert.deepEqual(Object.keys(result.coefficients), names);
    assert.ok(Math.abs(result.cellHeight - (friction ? 4 : 6)) < 0.05);
  }
  assert.equal(new ForceAccumulator().result(), undefined);
});

Deno.test("ForceAccumulator refers to the viscosity and the chord that it is given", () => {
  const { body } = roundBody(10);
  // The flow is at rest below the body: otherwise its friction would only turn it.
  const rows = flow(body, [-1, -2], 100).map((value, k) =>
    k % OUTPUTS < 2 && body.position[2 * Math.floor(k / OUTPUTS) + 1] < 0 ? 0 : value
  );
  const found = (reference?: { readonly viscosity: number; readonly chord: number }) => {
    const { lift, drag, pressureDrag, pressureLift } = forceCoefficients(body, rows, reference);
    return { lift, friction: drag - pressureDrag, pressureLift };
  };
  const usual = found();
  const other = found({ viscosity: 3 * 1.56e-5, chord: 2 });
  assert.ok(Math.abs(usual.friction) > 1e-6);
  assert.ok(Math.abs(other.friction - 1.5 * usual.friction) < ROUNDING);
  assert.ok(Math.abs(other.pressureLift - usual.pressureLift / 2) < ROUNDING);
  const forces = new ForceAccumulator({ viscosity: 1, chord: 2 });
  forces.add("a", body, rows, rows);
  const { reference, coefficients } = forces.result()!;
  assert.deepEqual(reference, { viscosity: 1, chord: 2 });
  assert.equal(
    coefficients.lift.samples[0].truth,
    forceCoefficients(body, rows, { viscosity: 1, chord: 2 }).lift,
  );
});

Deno.test("spearman() gives the values of scipy, ties included", () => {
  for (const { a, b, correlation } of rankCorrelations) {
    const found = spearman(a, b);
    assert.ok(
      Math.abs(found - correlation) < 1e-12,
      `${found} is not ${correlation} (${a.length} values)`,
    );
  }
});

Deno.test("spearman() depends on the order alone", () => {
  const values = [3, -1, 4, -1.5, 5, 9];
  assert.equal(spearman(values, values.map((value) => Math.exp(value))), 1);
  assert.equal(spearman(values, values.map((value) => -(value ** 3))), -1);
});

Deno.test("spearman() is undefined without a ranking, and refuses lists of two lengths", () => {
  assert.ok(Number.isNaN(spearman([1], [1])));
  assert.ok(Number.isNaN(spearman([1, 1, 1], [1, 2, 3])));
  assert.throws(() => spearman([1], [1, 2]), /received 1 and 2/);
});
