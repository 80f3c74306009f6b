/**
 * Trains many networks: `deno task retrain jobs.yaml`.
 *
 * Exit codes: 0 if all jobs are done, 1 if one has failed or the file is invalid, 130
 * after an interrupt.
 *
 * @module
 */

import { Command, Option } from "commander";
import { basename, extname, join } from "node:path";
import { UserError } from "../errors.ts";
import {
  type ReadBatch,
  readJobList,
  readYamlBatch,
} from "../pipeline/experiments/batch/batch_file.ts";
import { whileLocked } from "../pipeline/experiments/batch/batch_lock.ts";
import { expandJobs, MAX_JOBS } from "../pipeline/experiments/batch/job_grid.ts";
import { planJobs, type TrainingJob } from "../pipeline/experiments/batch/planned_jobs.ts";
import { resultsText, writeResults } from "../pipeline/experiments/batch/results_table.ts";
import { jobsOfShard, parseShard, type Shard } from "../pipeline/experiments/batch/shards.ts";
import { countOf } from "../format.ts";
import { textTable } from "../pipeline/reporting/tables/text_table.ts";
import type { CheckpointInterval } from "../pipeline/training/checkpoints.ts";
import { checkpointOption } from "./options/checkpoint_option.ts";
import {
  addExamples,
  inputArgument,
  integerOption,
  interruptSignal,
  outputOption,
  runCommand,
} from "./command/command_line.ts";
import { commandText } from "./command/command_text.ts";
import { importDefault, importPipeline } from "./command/import_file.ts";
import { projectPath } from "./command/paths.ts";
import { withUserPaths } from "./command/read_options.ts";
import { prepareStore } from "./data_sets/prepare_store.ts";
import { batchWithUserPaths } from "./batch/batch_paths.ts";
import { checkAllDone, runBatch } from "./batch/run_batch.ts";

interface RetrainFlags {
  readonly out?: string | undefined;
  readonly jobs: number;
  readonly memory?: number | undefined;
  readonly shard: Shard;
  readonly checkpointEvery?: CheckpointInterval | undefined;
  readonly list: boolean;
}

const HELP = `
A file of jobs:

  out: out/widths                       # directory of the results; --out wins
  defaults:                             # settings of all jobs that do not replace them
    preset: darcy                       # or pipeline: ./my_pipeline.ts
    set:                                # options of stages, by the paths of --set
      stages.graphs.with.epochs: 15
  jobs:
    - name: nets                        # nets-s-seed0, nets-s-seed1, ..., nets-gcn-seed1
      grid:                             # one job for every combination
        network: [s, ds2, gcn]          # dsP is DS-MPNN on P ranks
        seed: [0, 1]
    - name: tune                        # tune-seed0 starts from nets-ds2-seed0
      network: ds2
      init_from: nets                   # or a model.safetensors
      store: data/mine.zarr             # also device and fidelity, as of the pipeline command
      retries: 2                        # after a failure (default: 1)
      grid:
        seed: [0, 1]

A grid may vary preset, pipeline, fidelity, store, device, network, seed, init_from, and options by
their paths. A job waits for the one that it starts from: of a grid, the job with the same values. A
.ts file default-exports a function that yields jobs with these keys; see scripts/examples/jobs.ts.

Each job runs in its own process and in DIRECTORY/NAME, with checkpoints and log.txt. The same
command continues a batch that was stopped or killed: a finished job runs again only if its options
or its data have changed. results.csv and results.arrow have a row for every job that has ended, in
any process.

Shards count from 0 and share the directory. Jobs that start from each other are in the same shard.
  Slurm:       #SBATCH --array=0-7
               deno task retrain jobs.yaml --shard $SLURM_ARRAY_TASK_ID/8
  Kubernetes:  completionMode: Indexed, completions: 8
               deno task retrain jobs.yaml --shard $JOB_COMPLETION_INDEX/8

Exit codes: 0 if all jobs are done, 1 if a job has failed or the file is invalid, 130 if
interrupted.`;

/** The command `deno task retrain`. */
export const program = new Command("deno task retrain")
  .description("Run many trainings: data sets, networks, seeds and options, in grids.")
  .addArgument(
    inputArgument(
      "<jobs>",
      "a .yaml file, or a .ts file that default-exports a function that yields jobs",
    ),
  )
  .addOption(
    outputOption(
      "--out <directory>",
      "directory of the results (default: that of the file, or out/NAME of the file)",
      "directory",
    ),
  )
  .addOption(
    integerOption("--jobs <n>", "jobs that run at once, if memory allows", 1, 1000).default(1),
  )
  .addOption(
    new Option(
      "--memory <size>",
      "memory for all running jobs, such as 16GB (default: the available memory)",
    )
      .argParser(parseBytes),
  )
  .addOption(
    new Option("--shard <i/n>", "run only one of n parts of the jobs: 0/8 is the first of eight")
      .argParser(parseShard)
      .default({ index: 0, count: 1 }, "all jobs"),
  )
  .addOption(checkpointOption())
  .option("--list", "print the jobs of the file, or of the shard, and run nothing", false)
  .action(async (file: string, flags: RetrainFlags) => {
    const { batch: read, problems } = await readBatch(file);
    const batch = batchWithUserPaths(read);
    const directory = flags.out ?? batch.out ??
      projectPath(join("out", basename(file, extname(file))));
    const expanded = expandJobs(batch, problems);
    const planned = await planJobs(expanded, problems, { directory, importPipeline });
    problems.throwIfAny();
    const jobs = planned.map((job) => ({
      ...job,
      spec: withUserPaths(job.spec, job.data?.choice.store),
      command: commandOf(job),
    }));
    const shard = jobsOfShard(jobs, flags.shard);
    if (flags.list) return console.log(listText(shard));
    console.log(`Watch and compare the jobs with: ${commandText("view", directory, {})}`);
    await prepareStores(shard, directory);
    const ended = await runBatch(shard, {
      directory,
      maxJobs: flags.jobs,
      memoryBytes: flags.memory,
      checkpointEvery: flags.checkpointEvery,
      onEnd: () => writeResults(jobs, directory, interruptSignal),
    });
    await printResults(jobs, shard, directory);
    checkAllDone(ended, "batch");
  });

program.addHelpText("after", HELP);
addExamples(
  program,
  "deno task retrain scripts/examples/jobs.yaml --list",
  "deno task retrain scripts/examples/jobs.yaml --jobs 4 --memory 32GB",
  "deno task retrain scripts/examples/jobs.ts --shard 0/8",
);

async function readBatch(file: string): Promise<ReadBatch> {
  if (/\.[cm]?[jt]s$/.test(file)) return await readJobList(file, await yieldedJobs(file));
  if (/\.ya?ml$/.test(file)) return await readYamlBatch(file, await readText(file));
  throw new UserError(`Cannot run the jobs of "${file}": it must be a .yaml or .ts file`);
}

async function readText(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UserError(`Cannot run the jobs of "${file}": no such file`, { cause });
  }
}

/** The jobs that the function of a file yields. */
async function yieldedJobs(file: string): Promise<readonly unknown[]> {
  const list = await importDefault(file, "jobs");
  if (typeof list !== "function") {
    throw new UserError(
      `Cannot run the jobs of "${file}": it must default-export a function that yields jobs, ` +
        'such as export default function* () { yield { name: "first", preset: "darcy" }; }, ' +
        `received ${typeof list}`,
    );
  }
  const yielded = await list();
  const jobs: unknown[] = [];
  if (!isIterable(yielded)) {
    throw new UserError(
      `Cannot run the jobs of "${file}": its function must yield them or return a list, ` +
        `received ${typeof yielded}`,
    );
  }
  for await (const job of yielded) {
    if (jobs.push(job) > MAX_JOBS) break;
  }
  return jobs;
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof value === "object" && value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value);
}

/** Generates missing data sets; the processes of a batch take turns. */
async function prepareStores(jobs: readonly TrainingJob[], directory: string): Promise<void> {
  const data = new Map(
    jobs.flatMap(({ name, data }) =>
      data ? [[`${data.preset.name} ${data.choice.store}`, { name, ...data }]] : []
    ),
  );
  await whileLocked(directory, interruptSignal, async () => {
    for (const { name, preset, choice } of data.values()) {
      try {
        await prepareStore(preset, choice);
      } catch (cause) {
        if (!(cause instanceof UserError)) throw cause;
        throw new UserError(`Cannot prepare the data of job "${name}": ${cause.message}`, {
          cause,
        });
      }
    }
  });
}

/** Writes and prints the results of the jobs of a shard. */
async function printResults(
  jobs: readonly TrainingJob[],
  shard: readonly TrainingJob[],
  directory: string,
): Promise<void> {
  const results = await writeResults(jobs, directory, interruptSignal);
  const names = new Set(shard.map(({ name }) => name));
  const rows = results.filter(({ job }) => names.has(job.name));
  if (rows.length > 0) console.log(`${resultsText(rows)}\n`);
  const table = join(directory, "results.csv");
  console.log(`Results of ${countOf(results.length, "job")} are in ${table} and results.arrow`);
}

/** The pipeline command that runs the same as a job, for its report. */
function commandOf({ repeat: { argument, flags } }: TrainingJob): string {
  return commandText("pipeline", argument, flags);
}

function listText(jobs: readonly TrainingJob[]): string {
  const rows = jobs.map((
    { name, network, seed, after = "" },
  ) => [name, network, String(seed ?? ""), after]);
  const table = textTable("job", ["network", "seed", "starts from"], rows);
  return [...table, "", countOf(jobs.length, "job")].join("\n");
}

function parseBytes(text: string): number {
  const [, number, unit] = text.match(/^(\d+(?:\.\d+)?)\s*([kMGT]?)i?B?$/) ?? [];
  const bytes = Number(number) * 1000 ** " kMGT".indexOf(unit || " ");
  if (bytes > 0) return bytes;
  throw new UserError(`Cannot read --memory: it must be a size such as 16GB, received "${text}"`);
}

if (import.meta.main) await runCommand(program);
