/**
 * Trains many networks: `deno task retrain jobs.yaml`.
 *
 * Exit codes: 0 when all jobs are done, 1 when one failed or the file is wrong, 130 after an
 * interrupt.
 *
 * @module
 */

import { Command, Option } from "commander";
import { basename, extname, join } from "node:path";
import { UserError } from "../errors.ts";
import { thisMachine } from "../pipeline/run/plan/machine.ts";
import {
  type ReadBatch,
  readJobList,
  readYamlBatch,
} from "../pipeline/experiments/batch/batch_file.ts";
import { whileLocked } from "../pipeline/experiments/batch/batch_lock.ts";
import { expandJobs } from "../pipeline/experiments/batch/job_grid.ts";
import { planJobs } from "../pipeline/experiments/batch/planned_jobs.ts";
import type { PlannedJob } from "../pipeline/experiments/batch/planned_job.ts";
import { jobsOfShard, parseShard, type Shard } from "../pipeline/experiments/batch/shards.ts";
import { countOf } from "../format.ts";
import { textTable } from "../pipeline/reporting/tables/text_table.ts";
import type { CheckpointInterval } from "../pipeline/training/checkpoints.ts";
import { checkpointOption } from "./options/checkpoint_option.ts";
import {
  addExamples,
  integerOption,
  interruptSignal,
  outputOption,
  runCommand,
} from "./command/command_line.ts";
import { commandText } from "./command/command_text.ts";
import { importDefault, importPipeline } from "./command/import_file.ts";
import { prepareStore } from "./data_sets/prepare_store.ts";
import { runBatch } from "./batch/run_batch.ts";

interface RetrainFlags {
  readonly out?: string | undefined;
  readonly jobs: number;
  readonly memory?: number | undefined;
  readonly shard: Shard;
  readonly checkpointEvery?: CheckpointInterval | undefined;
  readonly list: boolean;
}

/** A function that never ends is a mistake. */
const MOST_JOBS = 10_000;

const HELP = `
A file of jobs:

  out: out/widths                       # where the results go; --out wins
  defaults:                             # what all jobs are unless they say otherwise
    preset: darcy                       # or pipeline: ./my_pipeline.ts
    set:                                # options of stages, by the paths of --set
      stages.graphs.with.epochs: 15
  jobs:
    - name: nets                        # nets-s-seed0, nets-s-seed1, ..., nets-gcn-seed1
      grid:                             # one job for every combination
        network: [s, ds2, gcn]          # dsP is DS-MPNN on P ranks
        seed: [0, 1]
    - name: tune                        # tune-seed0 goes on from nets-ds2-seed0
      network: ds2
      init_from: nets                   # or a model.safetensors
      store: data/mine.zarr             # as --store, --device and --fidelity of the pipeline command
      retries: 2                        # when it fails (default: 1)
      grid:
        seed: [0, 1]

A grid may vary preset, pipeline, fidelity, store, device, network, seed, init_from, and options by their
paths. A job waits for the one that it starts from; of a grid, that is the job with the same values. A .ts file
default-exports a function that yields jobs with these keys; see scripts/examples/jobs.ts.

Each job runs in a process of its own and in DIRECTORY/NAME, with checkpoints and log.txt. The same command
goes on where a batch was stopped or killed: a job is done again only if its options or its data have
changed. results.csv and results.arrow have a row for every job that has ended, whichever process ran it.

Shards count from 0 and share the directory. Jobs that start from each other are in one shard.
  Slurm:       #SBATCH --array=0-7
               deno task retrain jobs.yaml --shard $SLURM_ARRAY_TASK_ID/8
  Kubernetes:  completionMode: Indexed, completions: 8
               deno task retrain jobs.yaml --shard $JOB_COMPLETION_INDEX/8

Exit codes: 0 when all jobs are done, 1 when one has failed or the file is wrong, 130 when interrupted.`;

const program = new Command("deno task retrain")
  .description("Run many trainings: data sets, networks, seeds and options, in grids.")
  .argument(
    "<jobs>",
    "a .yaml file, or a .ts file that default-exports a function that yields jobs",
  )
  .addOption(
    outputOption(
      "--out <directory>",
      "where the results go (default: that of the file, or out/NAME of the file)",
      "directory",
    ),
  )
  .addOption(
    integerOption("--jobs <n>", "at once, as far as the memory allows", 1, 1000).default(1),
  )
  .addOption(
    new Option(
      "--memory <size>",
      "that all jobs at once may take, such as 16GB (default: what is free)",
    )
      .argParser(parseBytes),
  )
  .addOption(
    new Option("--shard <i/n>", "run one of n parts of the jobs only: 0/8 is the first of eight")
      .argParser(parseShard)
      .default({ index: 0, count: 1 }, "all jobs"),
  )
  .addOption(checkpointOption())
  .option("--list", "print the jobs of the file, or of the shard, and run nothing", false)
  .action(async (file: string, flags: RetrainFlags) => {
    const { batch, problems } = await readBatch(file);
    const directory = flags.out ?? batch.out ?? join("out", basename(file, extname(file)));
    const expanded = expandJobs(batch, problems);
    const planned = await planJobs(expanded, problems, { directory, importPipeline });
    problems.throwIfAny();
    const all = planned.map((job) => ({ ...job, command: commandOf(job) }));
    const mine = jobsOfShard(all, flags.shard);
    if (flags.list) return console.log(listText(mine));
    await prepareStores(mine, directory);
    const failed = await runBatch(all, mine, {
      directory,
      atOnce: flags.jobs,
      memoryBytes: flags.memory ?? thisMachine()?.availableBytes ?? Infinity,
      checkpointEvery: flags.checkpointEvery,
    });
    if (failed > 0) {
      throw new UserError(
        `Cannot finish the batch: ${countOf(failed, "job")} of ${mine.length} failed; see ` +
          "the logs that are named above, " +
          `then run the same command again`,
      );
    }
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
  throw new UserError(`Cannot run the jobs of "${file}" as it must be a .yaml or a .ts file`);
}

async function readText(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UserError(`Cannot run the jobs of "${file}": there is no such file`, { cause });
  }
}

/** What the function that a file exports yields. */
async function yieldedJobs(file: string): Promise<readonly unknown[]> {
  const list = await importDefault(file, "jobs");
  if (typeof list !== "function") {
    throw new UserError(
      `Cannot run the jobs of "${file}" as it must default-export a function that yields ` +
        "jobs, such as " +
        `export default function* () { yield { name: "first", preset: "darcy" }; }: it ` +
        `exports ${typeof list}`,
    );
  }
  const yielded = await list();
  const jobs: unknown[] = [];
  if (!isIterable(yielded)) {
    throw new UserError(
      `Cannot run the jobs of "${file}" as its function must yield them, or give a list: ` +
        `it gives ${typeof yielded}`,
    );
  }
  for await (const job of yielded) {
    if (jobs.push(job) > MOST_JOBS) break;
  }
  return jobs;
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof value === "object" && value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value);
}

/** Makes what data sets are absent; the processes of a batch do so one after the other. */
async function prepareStores(jobs: readonly PlannedJob[], directory: string): Promise<void> {
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
        throw new UserError(`Cannot run job "${name}" without its data: ${cause.message}`, {
          cause,
        });
      }
    }
  });
}

/** The command that runs the same as a job, for its report. */
function commandOf({ repeat: { argument, flags } }: PlannedJob): string {
  return commandText("pipeline", argument, flags);
}

function listText(jobs: readonly PlannedJob[]): string {
  const rows = jobs.map((
    { name, network, seed, after },
  ) => [name, network, String(seed ?? ""), after ?? ""]);
  return [
    ...textTable("job", ["network", "seed", "starts from"], rows),
    "",
    countOf(jobs.length, "job"),
  ]
    .join(
      "\n",
    );
}

function parseBytes(text: string): number {
  const [, number, unit] = text.match(/^(\d+(?:\.\d+)?)\s*([kMGT]?)i?B?$/) ?? [];
  const bytes = Number(number) * 1000 ** " kMGT".indexOf(unit || " ");
  if (bytes > 0) return bytes;
  throw new UserError(`Cannot read --memory as it must be a size such as 16GB: received "${text}"`);
}

await runCommand(program);
