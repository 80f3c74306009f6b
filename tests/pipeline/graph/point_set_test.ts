import assert from "node:assert/strict";
import fc from "fast-check";
import { PointSet } from "../../../pipeline/graph/point_set.ts";

Deno.test("PointSet adds each point once until it is cleared, up to its capacity", () => {
  const point = fc.oneof(fc.nat(50), fc.integer({ min: 0, max: 0xfffffffe }));
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 100 }), (points) => {
      const set = new PointSet(new Set(points).size);
      for (let time = 0; time < 2; time++) {
        const expected = new Set<number>();
        for (const point of points) {
          assert.equal(set.add(point), !expected.has(point));
          expected.add(point);
        }
        set.clear();
      }
    }),
  );
});
