/**
 * Expands the entries of a batch: a grid becomes one job for every combination of its values.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { formatCount } from "../../../format.ts";
import type { BatchPath, BatchProblems } from "./batch_problems.ts";
import { AXES, type Batch, type Job, type JobSettings, OPTION_PREFIX } from "./job.ts";

/** An option of a stage, with its position in the batch. */
export interface Setting {
  /** Such as `stages.model.with.hops`. */
  readonly path: string;
  readonly value: unknown;
  readonly keyPlace: BatchPath;
  readonly valuePlace: BatchPath;
}

/** A job whose pipeline is not known yet. */
export interface ExpandedJob {
  readonly name: string;
  /** Name of its entry. */
  readonly entry: string;
  /** All settings except for the options of stages. */
  readonly settings: Omit<JobSettings, "set">;
  /** Options of all jobs, and those of this one, which take precedence. */
  readonly common: readonly Setting[];
  readonly own: readonly Setting[];
  /** Values of the grid by key. */
  readonly varied: ReadonlyMap<string, unknown>;
  /** Position of each setting by key. */
  readonly places: ReadonlyMap<string, BatchPath>;
}

/** Maximum number of jobs in a batch; more are taken for a mistake. */
export const MAX_JOBS = 10_000;

/** Maximum length of a name: some file systems have a limit. */
const MAX_NAME_LENGTH = 200;

/** Names of the files in the directory of a batch. */
const RESERVED_NAMES = ["lock", "results.csv", "results.arrow"];

/** Keys of presets, whose defaults a job with a pipeline file ignores. */
export const PRESET_KEYS = ["preset", "fidelity", "store", "device", "network", "seed"] as const;

/** All jobs, in the order of the entries; the first key of a grid varies slowest. */
export function expandJobs(
  { defaults = {}, jobs }: Batch,
  problems: BatchProblems,
): readonly ExpandedJob[] {
  const expanded: ExpandedJob[] = [];
  for (const [k, job] of jobs.entries()) {
    const place: BatchPath = ["jobs", k];
    const grid = Object.entries(job.grid ?? {});
    const count = grid.reduce((product, [, list]) => product * list.length, 1);
    if (expanded.length + count > MAX_JOBS) {
      problems.add(
        place,
        `Cannot run a batch: it must have at most ${formatCount(MAX_JOBS)} jobs, but with this ` +
          `entry has ${formatCount(expanded.length + count)}`,
      );
      return expanded;
    }
    const labels = new Map(
      grid.map(([key, list]) => [key, valueLabels(key, list, Object.keys(job.grid!))]),
    );
    for (const indices of combinations(grid.map(([, list]) => list.length))) {
      const at = new Map(grid.map(([key], axis) => [key, indices[axis]]));
      const name = [job.name, ...grid.map(([key]) => labels.get(key)![at.get(key)!])].join("-");
      expanded.push(oneJob(name, job, defaults, place, at));
    }
  }
  checkNames(expanded, problems);
  return expanded;
}

/** Every choice of one index per axis; the last one varies fastest. */
function* combinations(lengths: readonly number[]): Generator<readonly number[]> {
  const [length, ...rest] = lengths;
  if (length === undefined) return yield [];
  for (let index = 0; index < length; index++) {
    for (const others of combinations(rest)) yield [index, ...others];
  }
}

/** @param at Index of the value of each key of the grid. */
function oneJob(
  name: string,
  job: Job,
  defaults: JobSettings,
  place: BatchPath,
  at: ReadonlyMap<string, number>,
): ExpandedJob {
  const settings: Record<string, unknown> = {};
  const places = new Map<string, BatchPath>([["name", [...place, "name"]]]);
  const addSettings = (values: object, from: BatchPath, without: readonly string[] = []) => {
    for (const [key, value] of Object.entries(values)) {
      if (["name", "set", "grid", ...without].includes(key) || value === undefined) continue;
      settings[key] = value;
      places.set(key, [...from, key]);
    }
  };
  const { grid = {} } = job;
  const has = (key: keyof JobSettings) => job[key] !== undefined || at.has(key);
  // A preset or a pipeline of the job replaces that of the defaults.
  const replaced = has("pipeline") ? PRESET_KEYS : has("preset") ? ["pipeline"] : [];
  addSettings(defaults, ["defaults"], replaced);
  addSettings(job, place);
  const varied = new Map<string, unknown>();
  const ofGrid: Setting[] = [];
  for (const [key, index] of at) {
    const value = grid[key][index];
    const keyPlace = [...place, "grid", key];
    const valuePlace = [...keyPlace, index];
    varied.set(key, value);
    if (AXES.includes(key)) {
      settings[key] = value;
      places.set(key, valuePlace);
    } else if (key.startsWith(OPTION_PREFIX)) {
      ofGrid.push({ path: key, value, keyPlace, valuePlace });
    }
  }
  return {
    name,
    entry: job.name,
    settings,
    varied,
    places,
    common: settingsOf(defaults, ["defaults"]),
    own: [...settingsOf(job, place), ...ofGrid],
  };
}

function settingsOf({ set = {} }: JobSettings, place: BatchPath): readonly Setting[] {
  return Object.entries(set).map(([path, value]) => {
    const at = [...place, "set", path];
    return { path, value, keyPlace: at, valuePlace: at };
  });
}

/** Texts that the values of a key add to the names of their jobs. */
function valueLabels(
  key: string,
  list: readonly unknown[],
  keys: readonly string[],
): readonly string[] {
  if (key.startsWith(OPTION_PREFIX)) {
    const title = shortest(key, keys);
    return list.map((value) => `${title}${label(value)}`);
  }
  if (key === "seed") return list.map((value) => `seed${label(value)}`);
  const isPath = ["store", "pipeline", "init_from"].includes(key);
  const short = list.map((value) => label(isPath ? withoutFolders(String(value)) : value));
  return new Set(short).size === list.length ? short : list.map(label);
}

/** The shortest end of an option's path that no other key of the grid shares. */
function shortest(key: string, keys: readonly string[]): string {
  const words = key.split(".").filter((word, k) => !(k === 0 || k === 2 && word === "with"));
  for (let count = 1; count < words.length; count++) {
    const end = words.slice(-count).join(".");
    if (keys.filter((other) => other.endsWith(`.${end}`)).length === 1) return end;
  }
  return words.join(".");
}

function withoutFolders(path: string): string {
  return basename(path, extname(path));
}

/** A value in characters that a file name may have. */
function label(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "";
  return text.replace(/[^\w.+-]+/g, " ").trim().replaceAll(" ", "-");
}

/** Two jobs must not share a directory, also on file systems that ignore case. */
function checkNames(jobs: readonly ExpandedJob[], problems: BatchProblems): void {
  const first = new Map<string, ExpandedJob>();
  for (const job of jobs) {
    const place = job.places.get("name")!;
    const key = job.name.toLowerCase();
    const other = first.get(key);
    if (other === undefined) first.set(key, job);
    else {
      const where = problems.place(other.places.get("name")!);
      problems.add(
        place,
        `Cannot run two jobs of the name "${job.name}": each needs its own directory, but the ` +
          `other is at ${where}`,
      );
    }
    if (RESERVED_NAMES.includes(key)) {
      problems.add(place, `Cannot name a job "${job.name}": the batch has a file of that name`);
    }
    if (job.name.length > MAX_NAME_LENGTH) {
      problems.add(
        place,
        `Cannot name a job "${job.name.slice(0, 40)}...": its name must have at most ` +
          `${MAX_NAME_LENGTH} characters, but has ${job.name.length}`,
      );
    }
  }
}
