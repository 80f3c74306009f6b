/**
 * Reads a batch of jobs: a YAML file, or the list that a program made.
 *
 * A YAML file has up to three keys: `out`, the directory of the results; `defaults`, what all jobs
 * are unless they say otherwise; and `jobs`, a list. Each entry has a `name`, and what
 * {@linkcode JobSettings} says: a `preset` or a `pipeline` file, `store`, `fidelity`, `device`,
 * `network`, `seed`, `init_from`, `retries`, and options of stages under `set`, by the paths that
 * `--set` takes. A `grid` makes one job of every combination of its lists, the first key varying
 * slowest; its values are added to the name, so that each job has a directory of its own. What is
 * more special wins: preset, `defaults`, network, the entry, its grid.
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
 *   # Goes on from the network of the same seed: tune-seed0 from nets-ds2-seed0, and so on.
 *   - name: tune
 *     network: ds2
 *     init_from: nets
 *     set:
 *       stages.model.with.learningRate: 0.001
 *     grid:
 *       seed: [0, 1, 2]
 * ```
 *
 * `init_from` names a model file, one job, or an entry with a grid: then the job of it that has the
 * same value of all that its grid varies.
 *
 * @module
 */

import { parseYaml } from "../../../io/yaml.ts";
import { didYouMean, UserError } from "../../../errors.ts";
import { optionProblems } from "../../engine/definition/check_options.ts";
import { type BatchPath, BatchProblems, type PlaceOf } from "./batch_problems.ts";
import { AXES, type Batch, batchSchema, type Job, OPTION_PREFIX } from "./job.ts";

/** A file that is larger is no list of jobs. */
const MOST_BYTES = 4 * 2 ** 20;

/** A batch whose shape is right, and where to say what else is wrong with it. */
export interface ReadBatch {
  readonly batch: Batch;
  readonly problems: BatchProblems;
}

/**
 * Reads a batch in YAML.
 *
 * @param file Its path, for messages
 * @throws {UserError} Naming the line and column of everything that is wrong with its shape.
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
  if (text.length > MOST_BYTES) {
    throw new UserError(
      `Cannot run the jobs of "${file}" as it must have at most ${MOST_BYTES} characters: ` +
        `it has ${text.length}`,
    );
  }
  const yaml = parseYaml(text);
  const placeText = ({ line, column }: { readonly line: number; readonly column: number }) => ({
    text: `${file}:${line}:${column}`,
    order: line * MOST_BYTES + column,
  });
  if (yaml.problems.length > 0) {
    const lines = yaml.problems.map(({ place, message }) =>
      `${placeText(place).text}: Cannot read YAML: ${message}`
    );
    throw new UserError(
      [`Cannot run the jobs of "${file}" as it must be YAML`, ...lines].join("\n"),
    );
  }
  return await checkedBatch(
    yaml.value ?? {},
    file,
    (path, part) => placeText(yaml.placeOf(path, part)),
  );
}

/**
 * Reads the jobs that a program made.
 *
 * @param file Path of the program, for messages
 * @throws {UserError} Naming the job of everything that is wrong with its shape.
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
      `Cannot vary "${key}": it is no key of a job that may vary and no path of an option ` +
        "such as " +
        `stages.model.with.width, ${remedy}`,
      "key",
    );
  }
}
