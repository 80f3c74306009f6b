/**
 * Folders of flow cases as AirfRANS has them: a folder per case, `manifest.json` with the case
 * names of every split, and where the solver left one, `cases.json` with its record of each case.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { DataError, didYouMean, messageOf } from "../../../errors.ts";
import type { MeshStoreHeader } from "../../../io/mesh_store.ts";

/** A case is a folder: its name must not lead elsewhere. */
const caseName = z.string().regex(/^[^/\\]+$/, "a case name has no slash").refine((name) =>
  !/^\.+$/.test(name)
);
const manifestSchema = z.record(z.string(), z.array(caseName));
const recordsSchema = z.array(z.looseObject({
  name: z.string(),
  accepted: z.boolean().optional(),
  converged: z.boolean().optional(),
  fidelity: z.string().optional(),
}));

/** What the solver noted of a case. */
export type CaseRecord = z.infer<typeof recordsSchema>[number];

/** A folder of cases. */
export interface CaseFolder {
  readonly path: string;
  /** Case names of every split, without rejected ones. */
  readonly splits: Readonly<Record<string, readonly string[]>>;
  /** Cases of the manifest that did not converge. */
  readonly rejected: readonly string[];
  /** The solver's records, by case name. */
  readonly records: ReadonlyMap<string, CaseRecord>;
}

/**
 * Reads the manifest and the records of a folder. A case is rejected when its record says that it
 * was not accepted or, where it does not say so, that it did not converge.
 *
 * @throws {DataError} when there is no manifest, or one of the files is malformed
 */
export async function readCaseFolder(path: string): Promise<CaseFolder> {
  const manifest = await readJson(join(path, "manifest.json"), manifestSchema);
  if (manifest === undefined) {
    throw new DataError(
      `Cannot read "${path}" as it must have a manifest.json with the splits: it has none; ` +
        "give the folder above the " +
        `cases, or write one there, such as {"full_train": [], "full_test": ["NAME OF A CASE"]}`,
    );
  }
  const records = await readJson(join(path, "cases.json"), recordsSchema) ?? [];
  const rejected = new Set(
    records.filter(({ accepted, converged }) => !(accepted ?? converged ?? true)).map(({ name }) =>
      name
    ),
  );
  const names = new Set(Object.values(manifest).flat());
  return {
    path,
    splits: Object.fromEntries(
      Object.entries(manifest).map((
        [split, names],
      ) => [split, names.filter((name) => !rejected.has(name))]),
    ),
    rejected: [...names].filter((name) => rejected.has(name)),
    records: new Map(records.map((record) => [record.name, record])),
  };
}

/** Which cases are taken. */
export interface CaseChoice {
  /** The splits `<task>_train` and `<task>_test` become `train` and `test`. */
  readonly task: string;
  /** Whether the cases of other splits are taken too. */
  readonly others: boolean;
  /** Most cases of `train`, of `test` and of each other split. @default all */
  readonly limit?: number | undefined;
}

/** Cases in order, and splits as their numbers. */
export interface ChosenCases {
  readonly names: readonly string[];
  readonly splits: MeshStoreHeader["splits"];
}

/**
 * Chooses cases, each once. Splits of which every case is taken also keep their own names.
 *
 * AirfRANS' task "scarce" has no test split of its own: it is tested on that of "full".
 *
 * @throws {DataError} when the folder has no such task
 */
export function chooseCases(
  { path, splits }: CaseFolder,
  { task, others, limit }: CaseChoice,
): ChosenCases {
  const train = splits[`${task}_train`];
  const test = splits[`${task}_test`] ?? (task === "scarce" ? splits.full_test : undefined);
  if (train === undefined || test === undefined) {
    const missing = `${task}_${train === undefined ? "train" : "test"}`;
    throw new DataError(
      `Cannot read split "${missing}" of "${path}": no split of that name, ` +
        `${didYouMean(missing, Object.keys(splits))}`,
    );
  }
  const taken = [train, test, ...(others ? Object.values(splits) : [])].map((names) =>
    names.slice(0, limit)
  );
  const names = [...new Set(taken.flat())];
  if (names.length === 0) {
    throw new DataError(`Cannot read "${path}" as it has no cases that converged`);
  }
  const numbers = new Map(names.map((name, number) => [name, number]));
  const numbersOf = (cases: readonly string[]) => cases.map((name) => numbers.get(name)!);
  const whole = Object.entries(splits).filter(([, cases]) =>
    cases.every((name) => numbers.has(name))
  );
  return {
    names,
    splits: {
      ...Object.fromEntries(whole.map(([split, cases]) => [split, numbersOf(cases)])),
      train: numbersOf(taken[0]),
      test: numbersOf(taken[1]),
    },
  };
}

/** What a JSON file holds; undefined when there is no such file. */
async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, {
      cause,
    });
  }
  const { data, error } = schema.safeParse(json);
  if (data !== undefined) return data;
  const [{ path: place, message }] = error!.issues;
  throw new DataError(
    `Cannot read "${path}" as its contents are wrong: ${place.join(".") || "it"}: ${message}`,
  );
}
