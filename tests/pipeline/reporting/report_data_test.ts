import assert from "node:assert/strict";
import { networkRow } from "../../../pipeline/reporting/report_data.ts";

Deno.test("networkRow() requires a row of the network", () => {
  assert.throws(() => networkRow({ metrics: [] }), /must have a row "network".* 0 other rows/);
});
