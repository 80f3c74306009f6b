import assert from "node:assert/strict";
import { SurfaceAccumulator } from "../../../../pipeline/reporting/metrics/surface_metrics.ts";

Deno.test(
  "SurfaceAccumulator weights samples equally, scales each column by its deviation, and " +
    "separates the wall",
  () => {
    const errors = new SurfaceAccumulator(["u", "p"], [2, 10]);
    // Three nodes, one of them on the wall; errors of u: 2, 0 | 4, of p: 10, 30 | 20.
    errors.add({
      truth: [4, 100, 3, 0, 8, 50],
      predicted: [6, 110, 3, 30, 12, 70],
      surface: [0, 0, 1],
    });
    // Two nodes, errors of u: 2 | 0, of p: 0 | 10.
    errors.add({ truth: [1, 7, 0, 20], predicted: [3, 7, 0, 30], surface: [0, 1] });
    assert.deepEqual(errors.result(), {
      surface: {
        nodeCount: 2,
        // p: squares 400 and 100 over 100; relative errors 20/50 and 10/20. The second truth of u
        // is 0.
        columns: {
          u: { normalisedMse: 2, relativeL2: 0.5 },
          p: { normalisedMse: 2.5, relativeL2: 0.45 },
        },
        normalisedMse: 2.25,
      },
      volume: {
        nodeCount: 3,
        // u: mean squares (4 + 0)/2 and 4 over 4; p: (100 + 900)/2 and 0 over 100.
        columns: {
          u: { normalisedMse: 0.75, relativeL2: (2 / 5 + 2) / 2 },
          p: { normalisedMse: 2.5, relativeL2: Math.sqrt(1000) / 100 / 2 },
        },
        normalisedMse: 1.625,
      },
    });
  },
);

Deno.test(
  "SurfaceAccumulator has no relative error where every truth is 0, and none at all without " +
    "a wall",
  () => {
    const errors = new SurfaceAccumulator(["u"], [1]);
    assert.equal(errors.result(), undefined);
    errors.add({ truth: [1, 2], predicted: [1, 2], surface: [0, 0] });
    assert.equal(errors.result(), undefined);
    errors.add({ truth: [1, 0], predicted: [1, 3], surface: [0, 1] });
    assert.deepEqual(errors.result()?.surface.columns.u, { normalisedMse: 9, relativeL2: NaN });
  },
);
