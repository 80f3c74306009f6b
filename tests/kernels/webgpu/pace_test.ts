import assert from "node:assert/strict";
import { Pace } from "../../../kernels/webgpu/pace.ts";

/**
 * Simulates waits on a device that needs `milliseconds` per dispatch.
 *
 * @returns The dispatches and the time of each wait.
 */
function waitsAt(
  milliseconds: number,
  count: number,
  pace = new Pace(),
): [dispatches: number, time: number][] {
  const waits: [number, number][] = [];
  for (let dispatch = 1, last = 0; waits.length < count; dispatch++) {
    if (!pace.isDue(dispatch)) continue;
    const time = (dispatch - last) * milliseconds;
    waits.push([dispatch - last, time]);
    pace.waited(dispatch, time);
    last = dispatch;
  }
  return waits;
}

Deno.test("Pace finds waits of a fraction of a second on slow and fast devices", () => {
  for (const milliseconds of [0.01, 1, 20, 150]) {
    const settled = waitsAt(milliseconds, 20).slice(-5);
    for (const [dispatches, time] of settled) {
      assert.ok(
        time <= 200 && (time >= 50 || dispatches === 1),
        `${dispatches} dispatches, ${time} ms`,
      );
    }
  }
});

Deno.test("Pace does not wait if the host has waited anyway", () => {
  const pace = new Pace();
  for (let dispatch = 1; dispatch < 1000; dispatch++) {
    assert.equal(pace.isDue(dispatch), false);
    if (dispatch % 20 === 0) pace.waited(dispatch);
  }
});
