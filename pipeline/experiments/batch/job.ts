/**
 * Jobs of a batch as users write them: as entries of a YAML file, or yielded by a function.
 *
 * @module
 */

import { z } from "zod";

const name = z.string().regex(
  /^[A-Za-z0-9][\w.+-]*$/,
  "must be letters, digits, dots, plus and minus signs, because it names a directory",
);
const text = z.string().min(1);
/** Settings that a grid may vary in addition to options of stages. */
const axes = {
  preset: text,
  pipeline: text,
  fidelity: text,
  store: text,
  device: z.enum(["auto", "webgpu", "cpu"]),
  network: text,
  seed: z.int().min(0),
  init_from: text,
};

const settings = z.strictObject({
  ...axes,
  set: z.record(z.string(), z.unknown()),
  retries: z.int().min(0).max(1000),
}).partial();

const lists = Object.entries(axes).map(([key, value]) => [key, z.array(value as z.ZodType).min(1)]);

/** Keys of a grid that are not options of stages. */
export const AXES: readonly string[] = Object.keys(axes);

/** Prefix of the keys of a grid that are options of stages. */
export const OPTION_PREFIX = "stages.";

/** Schema of a batch. */
export const batchSchema = z.strictObject({
  out: text.optional(),
  defaults: settings.optional(),
  jobs: z.array(settings.extend({
    name,
    grid: z.object(Object.fromEntries(lists)).partial().catchall(z.array(z.unknown()).min(1))
      .optional(),
  })).min(1),
});

/** Settings of one job, or defaults of all jobs. */
export interface JobSettings {
  /** Name of a preset; a job has either a preset or a pipeline. */
  readonly preset?: string | undefined;
  /** Path of a file that default-exports a pipeline. */
  readonly pipeline?: string | undefined;
  /** Fidelity of the data, for a preset that has several. */
  readonly fidelity?: string | undefined;
  /** Path of the data set. @default that of the preset */
  readonly store?: string | undefined;
  /** Device of the network. @default that of the preset */
  readonly device?: "auto" | "webgpu" | "cpu" | undefined;
  /**
   * `s` for S-MPNN, `dsP` for DS-MPNN on P ranks, or `gcn`. @default that of the preset
   */
  readonly network?: string | undefined;
  /** Seed of the sampling and of the initial parameters. @default that of the preset */
  readonly seed?: number | undefined;
  /** Options of stages by path, such as `{ "stages.model.with.hops": 6 }`. */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
  /**
   * The model that the training starts from: a model file, or an earlier job of the list, which
   * this one then waits for.
   */
  readonly init_from?: string | undefined;
  /** Maximum number of retries after a failure. @default 1 */
  readonly retries?: number | undefined;
}

/**
 * An entry of a batch: one job, or with a `grid` one for every combination of its values.
 *
 * @example A file for `deno task retrain`: networks of three widths, each with two seeds
 * ```ts
 * import assert from "node:assert/strict";
 * import type { Job } from "./job.ts";
 *
 * function* jobs(): Iterable<Job> {
 *   for (const width of [16, 32, 64]) {
 *     yield {
 *       name: `width${width}`,
 *       preset: "darcy",
 *       set: { "stages.model.with.width": width },
 *       grid: { seed: [0, 1] },
 *     };
 *   }
 * }
 *
 * assert.deepEqual([...jobs()].map(({ name }) => name), ["width16", "width32", "width64"]);
 * ```
 */
export interface Job extends JobSettings {
  /** Name of its directory; the values of a grid are appended. */
  readonly name: string;
  /** Lists of values by the key of a job, or by the path of an option of a stage. */
  readonly grid?: Readonly<Record<string, readonly unknown[]>> | undefined;
}

/** A batch of jobs. */
export interface Batch {
  /** Directory of the results. @default out/NAME of the file */
  readonly out?: string | undefined;
  /** Defaults of all jobs. */
  readonly defaults?: JobSettings | undefined;
  readonly jobs: readonly Job[];
}
