/**
 * Data sets of solved flows in the layout of AirfRANS: a folder per case, `manifest.json` and
 * `cases.json`.
 *
 * @module
 */

import { join } from "node:path";
import { DataError, UserError } from "../../../errors.ts";
import { writeDirectoryAtomically, writeText } from "../../../io/atomic_write.ts";
import { writeVtp, writeVtu } from "../../../io/vtk/write_vtk.ts";
import type { CaseRecord, FlowCase } from "./flow_case.ts";

/** Options of generating a folder of cases. */
export interface GenerateCasesOptions {
  /** Number of cases that are solved concurrently. @default 1 */
  readonly jobs?: number | undefined;
  /** Whether the files of OpenFOAM are retained for accepted cases too. @default false */
  readonly keep?: boolean | undefined;
  /** Called with the number of finished cases, at the start and after every case. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Ends the solvers; finished cases remain. */
  readonly signal?: AbortSignal | undefined;
}

/** Assigns the cases of a folder to splits. */
export type MakeManifest = (
  accepted: readonly CaseRecord[],
) => Readonly<Record<string, readonly string[]>>;

/** Folder of OpenFOAM's files. */
const WORK_FOLDER = "openfoam";
/** Folder of the records of rejected cases. */
const REJECTED_FOLDER = "rejected";

/**
 * Solves the cases that a folder does not contain, and adds them to it. Each appears once it is
 * complete, so an interrupted run can be resumed. Rejected cases leave a record and the files of
 * OpenFOAM.
 *
 * @param cases Cases with unique names
 * @param makeManifest Splits of all accepted cases of the folder, sorted by name
 * @returns The records of these cases
 * @throws {UserError} If OpenFOAM cannot be run, or the folder contains cases of another fidelity
 */
export async function generateCases(
  folder: string,
  cases: readonly FlowCase[],
  makeManifest: MakeManifest,
  options: GenerateCasesOptions = {},
): Promise<readonly CaseRecord[]> {
  const { jobs = 1, onProgress = () => {} } = options;
  const known = await readRecords(folder);
  for (const { name, fidelity } of known.values()) checkFidelity(folder, name, fidelity, cases);
  const waiting = cases.filter(({ name }) => !known.has(name));
  let done = cases.length - waiting.length;
  onProgress(done);
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])]);
  const work = async () => {
    for (let flow = waiting.shift(); flow !== undefined; flow = waiting.shift()) {
      signal.throwIfAborted();
      const record = await solveInto(folder, flow, { ...options, signal });
      known.set(record.name, record);
      await writeIndex(folder, [...known.values()], makeManifest);
      onProgress(++done);
    }
  };
  // The first failure is thrown after all cases have ended.
  await Promise.all(
    Array.from({ length: jobs }, () => work().catch((error) => failure.abort(error))),
  );
  failure.signal.throwIfAborted();
  await writeIndex(folder, [...known.values()], makeManifest);
  return cases.map(({ name }) => known.get(name)!);
}

/** Writes the input of OpenFOAM for each case to `<folder>/openfoam/<case>`, without solving it. */
export async function writeCases(
  folder: string,
  cases: readonly FlowCase[],
  { onProgress = () => {}, signal }: Pick<GenerateCasesOptions, "onProgress" | "signal"> = {},
): Promise<void> {
  for (const [i, flow] of cases.entries()) {
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    await flow.write(join(folder, WORK_FOLDER, flow.name));
    onProgress(i + 1);
  }
}

/** Solves a case and moves it to its place. */
async function solveInto(
  folder: string,
  flow: FlowCase,
  { keep = false, signal }: GenerateCasesOptions,
): Promise<CaseRecord> {
  const directory = join(folder, WORK_FOLDER, flow.name);
  let record: CaseRecord | undefined;
  try {
    const solved = await flow.solve(directory, signal);
    await publish(folder, solved.record, solved.files);
    record = solved.record;
    return record;
  } finally {
    if (signal?.aborted || record?.accepted && !keep) {
      await Deno.remove(directory, { recursive: true }).catch(() => {});
    }
    // Succeeds after the last case.
    await Deno.remove(join(folder, WORK_FOLDER)).catch(() => {});
  }
}

async function publish(
  folder: string,
  record: CaseRecord,
  files: Awaited<ReturnType<FlowCase["solve"]>>["files"],
): Promise<void> {
  const { name } = record;
  const recordName = `${name}_case.json`;
  if (!record.accepted) {
    await writeJson(join(folder, REJECTED_FOLDER, recordName), record);
    return;
  }
  const pending = await writeDirectoryAtomically(join(folder, name));
  try {
    for (const [file, mesh] of Object.entries(files)) {
      await (file.endsWith(".vtp") ? writeVtp : writeVtu)(join(pending.temporary, file), mesh);
    }
    await writeJson(join(pending.temporary, recordName), record);
  } catch (error) {
    await pending.discard();
    throw error;
  }
  await pending.publish();
}

/** The records of all cases in a folder, including rejected ones, by case name. */
async function readRecords(folder: string): Promise<Map<string, CaseRecord>> {
  const paths = [
    ...(await entriesOf(folder)).map((name) => join(folder, name, `${name}_case.json`)),
    ...(await entriesOf(join(folder, REJECTED_FOLDER))).map((name) =>
      join(folder, REJECTED_FOLDER, name)
    ),
  ];
  const records = new Map<string, CaseRecord>();
  for (const path of paths) {
    const text = await Deno.readTextFile(path).catch(() => undefined);
    if (text === undefined) continue;
    records.set(...parseRecord(path, text));
  }
  return records;
}

function parseRecord(path: string, text: string): [string, CaseRecord] {
  let record: Partial<CaseRecord> = {};
  try {
    record = JSON.parse(text);
  } catch {
    // Rejected below, like other invalid contents.
  }
  const { name, accepted, fidelity } = record;
  if (typeof name === "string" && typeof accepted === "boolean" && typeof fidelity === "string") {
    return [name, record as CaseRecord];
  }
  throw new DataError(
    `Cannot add cases to folder: "${path}" must be the record of a generated case; remove it or ` +
      "choose another folder",
  );
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    if (!(error instanceof Deno.errors.NotADirectory)) throw error;
    throw new UserError(`Cannot write cases to "${folder}": it must be a folder, found a file`);
  }
}

/** Checks that a case of a folder has the fidelity of the new cases. */
function checkFidelity(
  folder: string,
  name: string,
  fidelity: string,
  cases: readonly FlowCase[],
): void {
  const other = cases.find((flow) => flow.fidelity !== fidelity);
  if (other === undefined) return;
  throw new UserError(
    `Cannot add cases to "${folder}": all must have the same fidelity, "${name}" has ` +
      `"${fidelity}", the new ones "${other.fidelity}"; choose another folder`,
  );
}

async function writeIndex(
  folder: string,
  records: readonly CaseRecord[],
  makeManifest: MakeManifest,
): Promise<void> {
  const sorted = records.toSorted((a, b) => a.name < b.name ? -1 : 1);
  await writeJson(join(folder, "cases.json"), sorted);
  await writeJson(
    join(folder, "manifest.json"),
    makeManifest(sorted.filter(({ accepted }) => accepted)),
  );
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeText(path, `${JSON.stringify(value, undefined, 1)}\n`);
}
