/**
 * Folders of flow cases in the layout of AirfRANS: a folder per case, `manifest.json` with the case
 * names of every split, and optionally `cases.json` with the record of the solver for each case.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { DataError, didYouMean, messageOf } from "../../../errors.ts";
import type { MeshStoreHeader } from "../../../io/mesh_store.ts";

/** A case is a folder, so its name must not be a path. */
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

/** The record of the solver for a case. */
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
 * Reads the manifest and the records of a folder. A case is rejected if its record states
 * that it was not accepted or, without that entry, that it did not converge.
 *
 * @throws {DataError} If there is no manifest, or one of the files is malformed
 */
export async function readCaseFolder(path: string): Promise<CaseFolder> {
  const manifest = await readJson(join(path, "manifest.json"), manifestSchema);
  if (manifest === undefined) {
    throw new DataError(
      `Cannot read "${path}": it must have a manifest.json with the splits, found none; use the ` +
        "folder that contains the cases, or write one there, such as " +
        `{"full_train": [], "full_test": ["NAME OF A CASE"]}`,
    );
  }
  const records = await readJson(join(path, "cases.json"), recordsSchema) ?? [];
  const rejectedRecords = records.filter(({ accepted, converged }) =>
    !(accepted ?? converged ?? true)
  );
  const rejected = new Set(rejectedRecords.map(({ name }) => name));
  const names = new Set(Object.values(manifest).flat());
  const splits = Object.entries(manifest)
    .map(([split, names]) => [split, names.filter((name) => !rejected.has(name))]);
  return {
    path,
    splits: Object.fromEntries(splits),
    rejected: [...names].filter((name) => rejected.has(name)),
    records: new Map(records.map((record) => [record.name, record])),
  };
}

/** Selection of cases. */
export interface CaseChoice {
  /** The splits `<task>_train` and `<task>_test` become `train` and `test`. */
  readonly task: string;
  /** Whether the cases of other splits are selected too. */
  readonly others: boolean;
  /** Maximum number of cases of `train`, of `test` and of each other split. @default all */
  readonly limit?: number | undefined;
}

/** Cases in order, and splits as indices of them. */
export interface ChosenCases {
  readonly names: readonly string[];
  readonly splits: MeshStoreHeader["splits"];
}

/**
 * Selects cases, each once. Splits whose cases are all selected also retain their names.
 *
 * The task "scarce" of AirfRANS has no test split; it is tested on that of "full".
 *
 * @throws {DataError} If the folder has no such task
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
  const selected = [train, test, ...(others ? Object.values(splits) : [])]
    .map((names) => names.slice(0, limit));
  const names = [...new Set(selected.flat())];
  if (names.length === 0) {
    throw new DataError(`Cannot read "${path}": it must have converged cases, found none`);
  }
  const numbers = new Map(names.map((name, number) => [name, number]));
  const numbersOf = (cases: readonly string[]) => cases.map((name) => numbers.get(name)!);
  const completeSplits = Object.entries(splits)
    .filter(([, cases]) => cases.every((name) => numbers.has(name)));
  return {
    names,
    splits: {
      ...Object.fromEntries(completeSplits.map(([split, cases]) => [split, numbersOf(cases)])),
      train: numbersOf(selected[0]),
      test: numbersOf(selected[1]),
    },
  };
}

/** The contents of a JSON file; undefined if there is no such file. */
async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
  }
  const { data, error } = schema.safeParse(json);
  if (data !== undefined) return data;
  const [{ path: place, message }] = error!.issues;
  throw new DataError(
    `Cannot read "${path}": its contents are invalid: ${place.join(".") || "file"}: ${message}`,
  );
}
