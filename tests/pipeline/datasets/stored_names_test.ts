import assert from "node:assert/strict";
import { fieldNames } from "../../../pipeline/datasets/stored_names.ts";

Deno.test("fieldNames() refuses two sources that would be one field", () => {
  assert.deepEqual(fieldNames(["p", "P", " U (m/s)"], "a.vtu"), ["p", "P", "U_m_s"]);
  assert.throws(() => fieldNames(["U [m/s]", "p", "U m/s"], "a.vtu"), {
    name: "UserError",
    message:
      'Cannot use "U [m/s]" and "U m/s" of "a.vtu" as both would be field "U_m_s"; rename one',
  });
});
