import assert from "node:assert/strict";
import fc from "fast-check";
import { borderNodes } from "../../../../pipeline/reporting/metrics/border_nodes.ts";

Deno.test("borderNodes() marks exactly the nodes with an edge to or from another subdomain", () => {
  const node = fc.integer({ min: 0, max: 9 });
  const edges = fc.array(fc.tuple(node, node), { maxLength: 30 });
  fc.assert(
    fc.property(
      edges,
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 10, maxLength: 10 }),
      (edges, owner) => {
        const byReceiver = edges.toSorted(([, a], [, b]) => a - b);
        const offsets = Array.from(
          { length: 11 },
          (_, k) => byReceiver.filter(([, receiver]) => receiver < k).length,
        );
        const expected = owner.map((rank, k) =>
          edges.some(([a, b]) => (a === k && owner[b] !== rank) || (b === k && owner[a] !== rank))
            ? 1
            : 0
        );
        const senders = byReceiver.map(([sender]) => sender);
        assert.deepEqual([...borderNodes({ offsets, senders }, owner)], expected);
      },
    ),
  );
});
