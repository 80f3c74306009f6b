import type { Schema } from "../../../../io/record_batch.ts";

/** A number with as much ballast as a test wants. */
export const Numbers = {
  name: "numbers",
  columns: { n: "int32", payload: { list: "float32" } },
} as const satisfies Schema;

/** A number for one rank. */
export const Dealt = {
  name: "dealt",
  columns: { rank: "int32", n: "int32" },
} as const satisfies Schema;

/** What any of the schemas above can be read as. */
export const AnyNumber = { name: "any number", columns: { n: "int32" } } as const satisfies Schema;
