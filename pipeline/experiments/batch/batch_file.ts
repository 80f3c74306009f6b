/**
 * Reads a batch of jobs: a YAML file, or a list that a program yields.
 *
 * A YAML file has up to three keys: `out`, the directory of the results; `defaults`, the settings
 * of all jobs that do not replace them; and `jobs`, a list. Each entry has a `name` and the keys of
 * {@linkcode JobSettings}: a `preset` or a `pipeline` file, `store`, `fidelity`, `device`,
 * `network`, `seed`, `init_from`, `retries`, and options of stages under `set`, by the paths of
 * `--set`. A `grid` makes one job of every combination of its lists, the first key varying slowest;
 * its values are appended to the name, so that each job has its own directory. Precedence from low
 * to high: preset, `defaults`, network, the entry, its grid.
 *
 * ```yaml
 * out: out/widths
 *
 * defaults:
 *   preset: darcy
 *   set:
 *     stages.graphs.with.epochs: 15
 *
 * jobs:
 *   # The paper's networks, three seeds each: nets-s-seed0, nets-s-seed1, ..., nets-gcn-seed2.
 *   - name: nets
 *     grid:
 *       network: [s, ds2, gcn]
 *       seed: [0, 1, 2]
 *
 *   # Two widths on four ranks: wide-width32 and wide-width64.
 *   - name: wide
 *     network: ds4
 *     grid:
 *       stages.model.with.width: [32, 64]
 *
 *   # Starts from the network of the same seed: tune-seed0 from nets-ds2-seed0, and so on.
 *   - name: tune
 *     network: ds2
 *     init_from: nets
 *     set:
 *       stages.model.with.learningRate: 0.001
 *     grid:
 *       seed: [0, 1, 2]
 * ```
 *
 * `init_from` names a model file, a job, or an entry with a grid: then the job of that entry with
 * the same values for all keys of its grid.
 *
 * @module
 */

import { parseYaml } from "../../../io/yaml.ts";
import { didYouMean, UserError } from "../../../errors.ts";
import { optionProblems } from "../../engine/definition/check_options.ts";
import { type BatchPath, BatchProblems, type PlaceOf } from "./batch_problems.ts";
import { AXES, type Batch, batchSchema, type Job, OPTION_PREFIX } from "./job.ts";

/** Maximum length of a file; a longer one is not a list of jobs. */
const MAX_CHARACTERS = 4 * 2 ** 20;

/** A batch that has passed its schema, and the collector of further problems. */
export interface ReadBatch {
  readonly batch: Batch;
  readonly problems: BatchProblems;
}

/**
 * Reads a batch in YAML.
 *
 * @param file Path of the file, for messages
 * @throws {UserError} If anything violates the schema; lists each problem with its line and column.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const text = "jobs:\n  - name: a\n    preset: darcy\n    seeed: 3\n";
 * await assert.rejects(
 *   readYamlBatch("jobs.yaml", text),
 *   /\njobs\.yaml:4:5: Cannot set jobs\.0\.seeed: no such option, did you mean "seed"\?/,
 * );
 * ```
 */
export async function readYamlBatch(file: string, text: string): Promise<ReadBatch> {
  if (text.length > MAX_CHARACTERS) {
    throw new UserError(
      `Cannot run the jobs of "${file}": the file must have at most ${MAX_CHARACTERS} ` +
        `characters, but has ${text.length}`,
    );
  }
  const yaml = parseYaml(text);
  const placeText = ({ line, column }: { readonly line: number; readonly column: number }) => ({
    text: `${file}:${line}:${column}`,
    order: line * MAX_CHARACTERS + column,
  });
  if (yaml.problems.length > 0) {
    const lines = yaml.problems.map(({ place, message }) =>
      `${placeText(place).text}: Cannot read YAML: ${message}`
    );
    throw new UserError([`Cannot run the jobs of "${file}": not valid YAML`, ...lines].join("\n"));
  }
  return await checkedBatch(
    yaml.value ?? {},
    file,
    (path, part) => placeText(yaml.placeOf(path, part)),
  );
}

/**
 * Reads the jobs that a program yields.
 *
 * @param file Path of the program, for messages
 * @throws {UserError} If anything violates the schema; lists each problem with its job.
 */
export async function readJobList(file: string, jobs: readonly unknown[]): Promise<ReadBatch> {
  const placeOf: PlaceOf = ([, index = 0]) => ({
    text: `${file}: job ${Number(index) + 1}`,
    order: Number(index),
  });
  return await checkedBatch({ jobs }, file, placeOf);
}

async function checkedBatch(value: unknown, file: string, placeOf: PlaceOf): Promise<ReadBatch> {
  const problems = new BatchProblems(file, placeOf);
  for (const { path, isName, message } of await optionProblems(batchSchema, value, "")) {
    problems.add(path as BatchPath, message, isName ? "key" : "value");
  }
  problems.throwIfAny();
  const batch = value as Batch;
  for (const [k, job] of batch.jobs.entries()) checkGrid(job, ["jobs", k, "grid"], problems);
  return { batch, problems };
}

function checkGrid({ grid = {} }: Job, path: BatchPath, problems: BatchProblems): void {
  for (const key of Object.keys(grid)) {
    if (AXES.includes(key) || key.startsWith(OPTION_PREFIX)) continue;
    const remedy = didYouMean(key, AXES);
    problems.add(
      [...path, key],
      `Cannot vary "${key}": neither a key of a job that may vary nor the path of an option ` +
        `such as stages.model.with.width, ${remedy}`,
      "key",
    );
  }
}
