import assert from "node:assert/strict";
import fc from "fast-check";
import { colorLimits, errorLimits } from "../../../../pipeline/reporting/maps/color_limits.ts";

const even = (count: number) => Float64Array.from({ length: count }, (_, k) => k / (count - 1));

Deno.test("colorLimits() spans all values of all fields where none is far off", () => {
  const none = { clipsLow: false, clipsHigh: false };
  assert.deepEqual(colorLimits(even(1000)), { low: 0, high: 1, ...none });
  assert.deepEqual(colorLimits(even(1000), Float64Array.of(-0.1, 1.2)), {
    low: -0.1,
    high: 1.2,
    ...none,
  });
  assert.deepEqual(colorLimits(Float64Array.of(7)), { low: 7, high: 7, ...none });
});

Deno.test(
  "colorLimits() leaves out at most 1 % of the first field at an end, and only what is far " +
    "off",
  () => {
    const values = even(1001);
    values[0] = -50;
    assert.deepEqual(colorLimits(values), { low: 0.01, high: 1, clipsLow: true, clipsHigh: false });
    // Another field extends beyond, but does not define the end of the scale.
    const beyond = colorLimits(even(1001), even(1001).map((value) => 9 * value));
    assert.deepEqual(beyond, { low: 0, high: 0.99, clipsLow: false, clipsHigh: true });
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(fc.property(fc.array(number, { minLength: 1, maxLength: 300 }), (list) => {
      const { low, high, clipsLow, clipsHigh } = colorLimits(Float64Array.from(list));
      const below = list.filter((value) => value < low).length;
      const above = list.filter((value) => value > high).length;
      assert.deepEqual([below > 0, above > 0], [clipsLow, clipsHigh]);
      assert.ok(Math.max(below, above) <= 0.01 * (list.length - 1) + 0.5);
    }));
  },
);

Deno.test("colorLimits() shows the few values that differ where nearly all are equal", () => {
  const values = new Float64Array(1000);
  values[3] = 5;
  assert.deepEqual(colorLimits(values), { low: 0, high: 5, clipsLow: false, clipsHigh: false });
});

Deno.test("errorLimits() are symmetric around 0, and clip at both ends or none", () => {
  const errors = even(1001).map((value) => value - 0.5);
  assert.deepEqual(errorLimits(errors), {
    low: -0.5,
    high: 0.5,
    clipsLow: false,
    clipsHigh: false,
  });
  errors[0] = -40;
  const { low, high, clipsLow, clipsHigh } = errorLimits(errors);
  assert.ok(high > 0.49 && high < 0.5);
  assert.deepEqual([low, clipsLow, clipsHigh], [-high, true, true]);
});
