import type { Schema } from "../../../../io/record_batch.ts";

/** A number with a payload of any size. */
export const Numbers = {
  name: "numbers",
  columns: { n: "int32", payload: { list: "float32" } },
} as const satisfies Schema;

/** A number for one rank. */
export const Dealt = {
  name: "dealt",
  columns: { rank: "int32", n: "int32" },
} as const satisfies Schema;

/** A schema that batches of the others match. */
export const AnyNumber = { name: "any number", columns: { n: "int32" } } as const satisfies Schema;
