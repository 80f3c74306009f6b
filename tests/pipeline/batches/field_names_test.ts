import assert from "node:assert/strict";
import { componentNames, fieldsOf, fieldValues } from "../../../pipeline/batches/field_names.ts";

Deno.test("componentNames() are axes for up to three components and numbers beyond", () => {
  assert.deepEqual(componentNames("pressure", 1), ["pressure"]);
  assert.deepEqual(componentNames("velocity", 3), ["velocity.x", "velocity.y", "velocity.z"]);
  assert.deepEqual(componentNames("stress", 4), ["stress.0", "stress.1", "stress.2", "stress.3"]);
});

Deno.test("fieldsOf() undoes componentNames() for any adjacent fields", () => {
  const sizes = { a: 1, b: 2, c: 4, d: 1, e: 3 };
  const names = Object.entries(sizes).flatMap(([name, components]) =>
    componentNames(name, components)
  );
  const fields = fieldsOf(names, names.map((name) => `unit of ${name.split(".")[0]}`));
  let column = 0;
  const expected = Object.entries(sizes).map(([name, components]) => {
    const field = { name, components, unit: `unit of ${name}`, column };
    column += components;
    return field;
  });
  assert.deepEqual(fields, expected);
});

Deno.test("fieldValues() takes the columns of one field", () => {
  const rows = Float32Array.of(1, 2, 3, 4, 10, 20, 30, 40);
  const field = { name: "velocity", components: 2, unit: "m/s", column: 1 };
  assert.deepEqual(fieldValues(rows, 4, field), Float32Array.of(2, 3, 20, 30));
});
