/** Writes all rows that it receives to a file. @module */

import { z } from "zod";
import { writeFileAtomically } from "../../../io/atomic_write.ts";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";
import { Disturbance, disturbanceOptions } from "./disturbance.ts";
import { AnyRows, rowsOf } from "./traced_rows.ts";

/** Row numbers by path. */
export type Collected = Readonly<Record<string, readonly number[]>>;

/** The file of one rank of a stage that collects. */
export function collectedFile(directory: string, name: string, rank: number): string {
  return `${directory}/${name}-${rank}.json`;
}

export default defineStage({
  name: "collect",
  description: "Writes all rows that it receives to a file.",
  options: z.strictObject({
    /** Rows after which it reads no more batches. */
    most: z.int().min(1).optional(),
    disturbance: disturbanceOptions,
  }),
  inputs: [AnyRows],
  // Needed for all ranks to read the same input; the ranks send each other nothing.
  peers: true,
  async run(context) {
    const {
      inputs: [input],
      options: { most = Infinity, disturbance: options },
      name,
      rank,
      directory,
    } = context;
    const disturbance = new Disturbance(options, context);
    const collected: Record<string, number[]> = {};
    let count = 0;
    for await (const batch of disturbance.disturb(input)) {
      for (const { path, n } of rowsOf(batch)) (collected[path] ??= []).push(n);
      if ((count += batch.rowCount) >= most) break;
    }
    await disturbance.end();
    const text = JSON.stringify(collected satisfies Collected);
    await writeFileAtomically(collectedFile(directory, name, rank), new TextEncoder().encode(text));
  },
});
