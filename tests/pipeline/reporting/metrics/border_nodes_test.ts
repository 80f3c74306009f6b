import assert from "node:assert/strict";
import fc from "fast-check";
import { nodesNearSubdomains } from "../../../../pipeline/reporting/metrics/border_nodes.ts";

Deno.test("nodesNearSubdomains() marks the nodes within the width of another rank's box", () => {
  const coordinate = fc.integer({ min: 0, max: 20 });
  const nodes = fc.array(
    fc.record({ x: coordinate, y: coordinate, rank: fc.integer({ min: 0, max: 2 }) }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(fc.property(nodes, fc.integer({ min: 0, max: 8 }), (nodes, width) => {
    const position = Float32Array.from(nodes.flatMap(({ x, y }) => [x, y]));
    const owner = Uint32Array.from(nodes, ({ rank }) => rank);
    const expected = nodes.map(({ x, y, rank }) => {
      const isNear = [0, 1, 2].some((other) => {
        const owned = nodes.filter((node) => node.rank === other);
        if (other === rank || owned.length === 0) return false;
        const beyond = (value: number, values: readonly number[]) =>
          Math.max(Math.min(...values) - value, value - Math.max(...values), 0);
        return Math.hypot(
          beyond(x, owned.map((node) => node.x)),
          beyond(y, owned.map((node) => node.y)),
        ) <= width + 1e-9;
      });
      return isNear ? 1 : 0;
    });
    const mesh = { position, dimensions: 2 };
    assert.deepEqual([...nodesNearSubdomains(mesh, owner, 3, width)], expected);
  }));
});
