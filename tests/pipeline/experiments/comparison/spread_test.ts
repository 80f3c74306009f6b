import assert from "node:assert/strict";
import {
  formatSpread,
  type Scale,
  SCALES,
  spreadOf,
} from "../../../../pipeline/experiments/comparison/spread.ts";

Deno.test("spreadOf() gives mean and standard deviation with n − 1 degrees of freedom", () => {
  // Squares of the distances from 5: 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, over 7.
  const { mean, deviation } = spreadOf([2, 4, 4, 4, 5, 5, 7, 9]);
  assert.equal(mean, 5);
  assert.ok(Math.abs(deviation - Math.sqrt(32 / 7)) < 1e-15);
  // The sum of three is no multiple of three.
  assert.deepEqual(spreadOf([0.003, 0.003, 0.003]), {
    mean: 0.003,
    deviation: 0,
    values: [0.003, 0.003, 0.003],
  });
  assert.deepEqual(spreadOf([3]), { mean: 3, deviation: NaN, values: [3] });
});

Deno.test("formatSpread() gives the deviation as many decimals as the mean", () => {
  const cases: readonly (readonly [values: readonly number[], scale: Scale, text: string])[] = [
    [[0.130, 0.134], SCALES.number, "0.132 ± 0.003"],
    [[4.9e-4, 5.1e-4], SCALES.number, "(5.00 ± 0.14) × 10⁻⁴"],
    [[4.9e-4], SCALES.number, "4.90 × 10⁻⁴"],
    [[1234, 1240], SCALES.number, "1,237 ± 4"],
    [[0.99999, 1.00001], SCALES.number, "1.00 ± 0.00"],
    [[0, 0], SCALES.number, "0"],
    [[NaN, 1], SCALES.number, "–"],
    [[0.070, 0.072], SCALES.percent, "7.10 ± 0.14\u202f%"],
    [[0.0150, 0.0170], SCALES.seconds, "16.0 ± 1.4\u202fms"],
    [[2, 3], SCALES.seconds, "2.50 ± 0.71\u202fs"],
    [[4e8, 4.2e8], SCALES.bytes, "410 ± 14\u202fMB"],
    [[3e9], SCALES.bytes, "3.00\u202fGB"],
    [[0.006, 0.006], SCALES.setting, "0.006"],
    [[84_321, 84_321], SCALES.setting, "84,321"],
  ];
  for (const [values, scale, text] of cases) {
    assert.equal(formatSpread(spreadOf(values), scale), text);
  }
});
