/** Compares what the ranks computed on a case with the numbers that the case expects. @module */

import { join, resolve } from "node:path";
import { z } from "zod";
import type { RecordBatch } from "../../io/record_batch.ts";
import { writeSafetensors } from "../../io/safetensors.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { VERIFICATION } from "../batches/batch_schemas.ts";
import {
  areWithinTolerance,
  assembleCase,
  type CaseErrors,
  caseErrors,
  caseTensors,
} from "../training/case_errors.ts";
import { readCaseFile } from "../training/case_file.ts";

/** Result of a case on P ranks, as written to `verification.json`. */
export interface CaseResult {
  readonly ranks: number;
  readonly nodes: number;
  readonly edges: number;
  /** Ghosts of all ranks. */
  readonly ghosts: number;
  /** Bytes of the halo messages of all ranks in one training step. */
  readonly haloBytes: number;
  readonly adapter: string;
  /** Absent for a case without expected numbers. */
  readonly errors: CaseErrors | undefined;
  /** Whether every error is within its tolerance; true without expected numbers. */
  readonly ok: boolean;
}

/** Name of the file in the run's directory that holds the `CaseResult`. */
export const RESULT_FILE = "verification.json";

export default defineStage({
  name: "check_case",
  description: "Compares the results of all ranks with a case file and writes the errors to " +
    `\`${RESULT_FILE}\`.`,
  options: z.strictObject({
    file: z.string().describe("Path of the case file (`.safetensors`)."),
    out: z.string().optional().meta({
      description: "File for the computed tensors, relative to the directory of the run.",
      absent: "not written",
    }),
  }),
  inputs: [VERIFICATION],
  repeats: {
    reads: ["file"],
    writes: ({ out }) => out === undefined ? [RESULT_FILE] : [RESULT_FILE, out],
  },
  async run({ inputs: [verifications], options, directory }) {
    const expected = await readCaseFile(options.file);
    const parts: RecordBatch[] = [];
    for await (const batch of verifications) parts.push(batch);
    parts.sort((a, b) => a.value("rank", 0, "int32") - b.value("rank", 0, "int32"));
    const actual = assembleCase(parts, expected);
    if (options.out !== undefined) {
      const path = resolve(directory, options.out);
      await writeSafetensors(path, caseTensors(actual, expected), {}, { overwrite: true });
    }
    const errors = caseErrors(actual, expected);
    const result: CaseResult = {
      ranks: parts.length,
      nodes: expected.nodeCount,
      edges: expected.senders.length,
      ghosts: parts.reduce((sum, part) => sum + part.value("ghostCount", 0, "int32"), 0),
      haloBytes: parts.reduce((sum, part) => sum + part.value("haloBytes", 0, "float64"), 0),
      adapter: parts[0].value("adapter", 0, "utf8"),
      errors,
      ok: errors === undefined || areWithinTolerance(errors),
    };
    await Deno.writeTextFile(join(directory, RESULT_FILE), JSON.stringify(result));
  },
});
