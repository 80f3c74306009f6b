/**
 * Checks that stores and files are complete: `deno task check data/darcy.zarr`.
 *
 * @module
 */

import { Command } from "commander";
import { extname } from "node:path";
import { UserError } from "../errors.ts";
import { checkArrays } from "../io/arrays/array_check.ts";
import { openMeshFile, recogniseFile } from "../io/mesh_file/open_mesh_file.ts";
import { refusedFile } from "../io/mesh_file/refused_file.ts";
import { checkSource } from "../io/mesh_file/source_check.ts";
import { readSafetensors } from "../io/safetensors.ts";
import { checkMeshStore, isMeshStore, type StoreCheck } from "../io/store_check.ts";
import { CASE_FORMAT, readCaseFile } from "../pipeline/training/case_file.ts";
import { MODEL_FORMAT, readModelFile } from "../pipeline/training/model_file.ts";
import { addExamples, interruptSignal, runCommand } from "./command/command_line.ts";
import { existingPath, userPath } from "./command/paths.ts";
import { startProgress } from "./progress/progress.ts";

/** The check of a path ends after this number. */
const MAX_PROBLEMS = 100;

/** The command. */
export const program = new Command("deno task check")
  .description(
    "Name the kind of files and folders, and check that they are complete: mesh stores (Zarr, " +
      "Arrow), model and case files (safetensors) and files of simulations (VTK, Gmsh, " +
      "OpenFOAM, tables, ...). Reads checksums of all chunks, shapes, finite numbers, cells, " +
      "splits, all arrays of all samples. Prints a line per problem; the exit code is 1 if " +
      "there is any.",
  )
  .argument("<paths...>", "paths of stores and files")
  .action(async (paths: readonly string[]) => {
    for (const given of paths) {
      const path = userPath(given);
      const { what, unseen, notes, problemCount } = await check(given);
      if (problemCount > 0) {
        console.log(`${path}: ${problemCount} ${problemCount === 1 ? "problem" : "problems"}`);
        Deno.exitCode = 1;
        continue;
      }
      const undetected = unseen === undefined ? "" : `; cannot detect ${unseen}`;
      console.log(`${path}: complete (${what})${undetected}`);
      for (const note of notes) console.log(`  note: ${note}`);
    }
  });

/** Result of a check. */
interface Outcome extends Pick<StoreCheck, "what" | "unseen" | "notes"> {
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
    if (extname(path).toLowerCase() === ".safetensors") {
      const { refusal } = await recogniseFile(path);
      if (refusal?.isStandIn) throw refusedFile(path, refusal);
      const what = await checkSafetensors(path);
      return { what, unseen: "a changed number", notes: [], problemCount: 0 };
    }
    const { steps, unit } = await stepsOf(path);
    const progress = startProgress("check", Math.max(1, steps.stepCount), unit);
    let done = 0;
    for await (const problem of steps.problems) {
      interruptSignal.throwIfAborted();
      if (problem) report(problem);
      progress.update(++done);
      if (problems.size < MAX_PROBLEMS) continue;
      console.log(`Stopped after ${MAX_PROBLEMS} problems`);
      break;
    }
    progress.stop();
    const { what, unseen, notes } = steps;
    return { what, unseen, notes, problemCount: problems.size };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    report(error);
    return { what: "", unseen: undefined, notes: [], problemCount: problems.size };
  }
}

/** The checks of a store, or of the samples of a file or folder. */
async function stepsOf(
  path: string,
): Promise<{ readonly steps: StoreCheck; readonly unit: string }> {
  if (await isMeshStore(path)) {
    return { steps: await checkMeshStore(path), unit: "chunks and samples" };
  }
  const { format } = await recogniseFile(path);
  if (format?.openArrays !== undefined) {
    return { steps: checkArrays(await format.openArrays(path)), unit: "arrays" };
  }
  try {
    return { steps: checkSource(await openMeshFile(path, { times: "all" })), unit: "samples" };
  } catch (error) {
    if (format === undefined || !(error instanceof UserError)) throw error;
    throw new UserError(`${error.message} (it is: ${format.name})`, { cause: error });
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

addExamples(
  program,
  "deno task check data/darcy.zarr",
  "deno task check out/darcy/model.safetensors run/*.vtu",
);

if (import.meta.main) await runCommand(program);
