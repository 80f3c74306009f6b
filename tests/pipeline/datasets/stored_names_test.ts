import assert from "node:assert/strict";
import { fieldNames } from "../../../pipeline/datasets/stored_names.ts";

Deno.test("fieldNames() rejects two sources with the same field name", () => {
  assert.deepEqual(fieldNames(["p", "P", " U (m/s)"], "a.vtu"), ["p", "P", "U_m_s"]);
  assert.deepEqual(fieldNames(["id", "cells"], "a.vtu"), ["field_id", "field_cells"]);
  assert.throws(() => fieldNames(["U [m/s]", "p", "U m/s"], "a.vtu"), {
    name: "UserError",
    message: /"U \[m\/s\]" and "U m\/s" of "a\.vtu".* "U_m_s"; rename one$/,
  });
});
