import assert from "node:assert/strict";
import { componentValues, networkRow } from "../../../pipeline/reporting/report_data.ts";

Deno.test("componentValues() takes one component of every node", () => {
  assert.deepEqual([...componentValues([1, 10, 2, 20, 3, 30], 2, 1)], [10, 20, 30]);
  assert.deepEqual([...componentValues([1, 2], 1, 0)], [1, 2]);
});

Deno.test("networkRow() needs a row of the network", () => {
  assert.throws(() => networkRow({ metrics: [] }), /must have a row "network": received 0 others/);
});
