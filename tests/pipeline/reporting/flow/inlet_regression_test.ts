import assert from "node:assert/strict";
import {
  AIRFRANS_REFERENCE,
  type Body,
  forceCoefficients,
} from "../../../../pipeline/reporting/flow/force_metrics.ts";
import { InletRegression } from "../../../../pipeline/reporting/flow/inlet_regression.ts";
import { wallOf } from "../../../../pipeline/reporting/flow/wall.ts";
import { circle, ringMesh } from "./ring_mesh.ts";

const ALLOWED = 1e-4;

const DEGREES = Math.PI / 180;

/** Coefficients that are quadratic in the angle and linear in the speed. */
const exactLift = (angle: number, speed: number) => 0.1 + 5 * angle + 0.002 * angle * speed;
const exactDrag = (angle: number, speed: number) => 0.01 + 0.4 * angle ** 2 - 0.0001 * speed;

/** A round body in an inlet, and a flow whose pressure has the exact lift and drag. */
function sample(
  angle: number,
  speed: number,
): { readonly body: Body; readonly flow: Float64Array } {
  const { position, cells, wallCount } = ringMesh(circle(24), [1, 1.01]);
  const wall = wallOf(cells, position, (node) => node < wallCount);
  const x = Math.cos(angle);
  const y = Math.sin(angle);
  const area = 12 * Math.sin(2 * Math.PI / 24);
  const scale = -(speed ** 2) / (2 * area);
  const lift = exactLift(angle, speed);
  const drag = exactDrag(angle, speed);
  const gradient = [scale * (drag * x - lift * y), scale * (drag * y + lift * x)];
  const flow = new Float64Array(3 * position.length / 2);
  for (let node = 0; 2 * node < position.length; node++) {
    flow[3 * node + 2] = gradient[0] * position[2 * node] + gradient[1] * position[2 * node + 1];
  }
  const columns = { pressure: 2, velocity: [0, 1] as const };
  return { body: { position, cells, wall, inlet: [speed * x, speed * y], columns }, flow };
}

Deno.test("InletRegression recovers coefficients that follow from angle and speed", () => {
  const regression = new InletRegression(AIRFRANS_REFERENCE);
  const unseen = sample(7 * DEGREES, 55);
  for (const [k, angle] of [-4, 0, 3, 9, 14, 11].entries()) {
    assert.equal(regression.predict(unseen.body) === undefined, k < 5);
    const { body, flow } = sample(angle * DEGREES, 40 + 13 * (k % 4));
    regression.add(body, flow);
  }
  const truth = forceCoefficients(unseen.body, unseen.flow);
  const predicted = regression.predict(unseen.body);
  assert.ok(predicted !== undefined);
  for (const name of ["lift", "pressureLift", "drag", "pressureDrag"] as const) {
    const error = Math.abs(predicted[name] - truth[name]);
    assert.ok(error < ALLOWED, `${name} ${predicted[name]} ${truth[name]}`);
  }
});

Deno.test("InletRegression predicts the mean of inlets that are all equal", () => {
  const regression = new InletRegression(AIRFRANS_REFERENCE);
  const { body, flow } = sample(0.1, 50);
  for (let k = 0; k < 5; k++) regression.add(body, flow.map((value) => value * (k + 1) / 3));
  const truth = forceCoefficients(body, flow);
  assert.ok(Math.abs(regression.predict(body)!.lift - truth.lift) < ALLOWED);
});
