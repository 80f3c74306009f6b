/**
 * Runs the stress tests with many runs each: `deno task stress`. Few of these runs are among the
 * tests of `deno task test`.
 *
 * @module
 */

import { Command, Option } from "commander";
import { join } from "node:path";
import { didYouMean, UserError } from "../errors.ts";
import { addExamples, integerOption, interruptSignal, runCommand } from "./command/command_line.ts";
import { denoCommand } from "./command/task_command.ts";

const DIRECTORY = "tests/stress";

/**
 * Runs per process. The library for HDF5 retains memory from file to file: after 4,200 damaged
 * files, it hangs on one that a new process reads.
 */
const MAX_RUNS_PER_PROCESS = 2000;

/** A process takes minutes; one that takes this long hangs. */
const MAX_PROCESS_SECONDS = 3600;

interface StressFlags {
  readonly seed: number;
  readonly count: number;
  readonly only?: string | undefined;
}

/** The command. */
export const program = new Command("deno task stress")
  .description(
    "Try to break the project, for minutes: damaged files of every format, training processes " +
      "that are killed and resumed, random pipelines that pause or lose a worker.",
  )
  .argument("[tests...]", "readers, kills or pauses (default: all)")
  .addOption(integerOption("--seed <n>", "seed of the first process").default(1))
  .addOption(
    integerOption("--count <n>", "damaged files per reader; other tests run in proportion", 1)
      .default(10_000),
  )
  .addOption(new Option("--only <name>", "only tests whose name contains this, such as zarr"))
  .action(async (names: readonly string[], { seed, count, only }: StressFlags) => {
    for (const file of selectFiles(names)) {
      for (let first = 0; first < count; first += MAX_RUNS_PER_PROCESS) {
        const env = {
          HALOFLOW_STRESS_RUNS: String(Math.min(MAX_RUNS_PER_PROCESS, count - first)),
          HALOFLOW_STRESS_SEED: String(seed + first / MAX_RUNS_PER_PROCESS),
        };
        console.log(`${file}: ${env.HALOFLOW_STRESS_RUNS} runs, seed ${env.HALOFLOW_STRESS_SEED}`);
        if (!await runTests(file, env, only)) Deno.exitCode = 1;
        interruptSignal.throwIfAborted();
      }
    }
  });

addExamples(program, "deno task stress", "deno task stress readers --only vtu --seed 7");

/** Test files by name. @throws {UserError} If there is no test of a name. */
function selectFiles(names: readonly string[]): readonly string[] {
  const known = [...Deno.readDirSync(DIRECTORY)]
    .flatMap(({ name }) => name.endsWith("_test.ts") ? [name.replace("_test.ts", "")] : []).sort();
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `Cannot run stress test "${unknown}": no such test; ${didYouMean(unknown, known)}`,
    );
  }
  return (names.length === 0 ? known : names).map((name) => join(DIRECTORY, `${name}_test.ts`));
}

/** Runs a test file in a process. @returns Whether it passed */
async function runTests(
  file: string,
  env: Readonly<Record<string, string>>,
  only: string | undefined,
): Promise<boolean> {
  const late = AbortSignal.timeout(1000 * MAX_PROCESS_SECONDS);
  const filter = only === undefined ? [] : [`--filter=${only}`];
  const { success } = await denoCommand({
    args: ["test", "-A", "--no-check", "--quiet", ...filter, file],
    env,
    stdin: "null",
    signal: AbortSignal.any([late, interruptSignal]),
  }).spawn().status;
  if (late.aborted) console.error(`${file} hangs: ended after ${MAX_PROCESS_SECONDS} s`);
  return success;
}

if (import.meta.main) await runCommand(program);
