/**
 * Checks that stores and files are complete: `deno task check data/darcy.zarr`.
 *
 * @module
 */

import { Command } from "commander";
import { extname } from "node:path";
import { UserError } from "../errors.ts";
import { readSafetensors } from "../io/safetensors.ts";
import { checkMeshStore, type StoreCheck } from "../io/store_check.ts";
import { readVtk } from "../io/vtk/read_vtk.ts";
import { CASE_FORMAT, readCaseFile } from "../pipeline/training/case_file.ts";
import { MODEL_FORMAT, readModelFile } from "../pipeline/training/model_file.ts";
import { addExamples, interruptSignal, runCommand } from "./command/command_line.ts";
import { existingPath, userPath } from "./command/paths.ts";
import { startProgress } from "./progress/progress.ts";

/** The check of a path ends after this number. */
const MAX_PROBLEMS = 100;

/** Checks of files that are read completely, by extension. */
const FILE_CHECKS: Readonly<Record<string, (path: string) => Promise<string>>> = {
  ".safetensors": checkSafetensors,
  ".vtu": checkVtk,
  ".vtp": checkVtk,
};

/** The command. */
export const program = new Command("deno task check")
  .description(
    "Check that mesh stores (Zarr, Arrow), model and case files (safetensors) and VTK files are " +
      "complete: checksums of all chunks, shapes, finite numbers, cells, splits. Prints a line " +
      "per problem; the exit code is 1 if there is any.",
  )
  .argument("<paths...>", "paths of stores and files")
  .action(async (paths: readonly string[]) => {
    for (const given of paths) {
      const path = userPath(given);
      const { what, unseen, problemCount } = await check(given);
      if (problemCount > 0) {
        console.log(`${path}: ${problemCount} ${problemCount === 1 ? "problem" : "problems"}`);
        Deno.exitCode = 1;
        continue;
      }
      const undetected = unseen === undefined ? "" : `; cannot detect ${unseen}`;
      console.log(`${path}: complete (${what})${undetected}`);
    }
  });

/** Result of a check. */
interface Outcome extends Pick<StoreCheck, "what" | "unseen"> {
  readonly problemCount: number;
}

/** Checks a path and prints its problems. */
async function check(given: string): Promise<Outcome> {
  const problems = new Set<string>();
  const report = (problem: UserError) => {
    // A damaged chunk is reported as such and again with its sample.
    if (problems.has(problem.message)) return;
    problems.add(problem.message);
    console.log(problem.message);
  };
  try {
    const path = existingPath(given);
    const checkFile = FILE_CHECKS[extname(path).toLowerCase()];
    if (checkFile) {
      return { what: await checkFile(path), unseen: "a changed number", problemCount: 0 };
    }
    const store = await checkMeshStore(path);
    const progress = startProgress("check", Math.max(1, store.stepCount), "chunks and samples");
    let done = 0;
    for await (const problem of store.problems) {
      interruptSignal.throwIfAborted();
      if (problem) report(problem);
      progress.update(++done);
      if (problems.size < MAX_PROBLEMS) continue;
      console.log(`Stopped after ${MAX_PROBLEMS} problems`);
      break;
    }
    progress.stop();
    return { what: store.what, unseen: store.unseen, problemCount: problems.size };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    report(error);
    return { what: "", unseen: undefined, problemCount: problems.size };
  }
}

async function checkSafetensors(path: string): Promise<string> {
  const { tensors, metadata } = await readSafetensors(path);
  const what = `${Object.keys(tensors).length} tensors`;
  if (metadata.format === MODEL_FORMAT) await readModelFile(path);
  else if (metadata.format === CASE_FORMAT) await readCaseFile(path);
  else return `${what}, of any kind`;
  return `${what}, ${metadata.format}`;
}

async function checkVtk(path: string): Promise<string> {
  const { pointCount, cells, pointData } = await readVtk(path);
  return `${pointCount} points, ${cells.types.length} cells, fields ` +
    `${Object.keys(pointData).join(", ") || "none"}`;
}

addExamples(
  program,
  "deno task check data/darcy.zarr",
  "deno task check out/darcy/model.safetensors run/*.vtu",
);

if (import.meta.main) await runCommand(program);
