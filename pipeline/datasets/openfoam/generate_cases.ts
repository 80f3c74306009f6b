/**
 * Data sets of solved flows: a folder per case, `manifest.json` and `cases.json`, as AirfRANS has
 * them.
 *
 * @module
 */

import { join } from "node:path";
import { DataError, UserError } from "../../../errors.ts";
import { writeDirectoryAtomically, writeFileAtomically } from "../../../io/atomic_write.ts";
import { writeVtp, writeVtu } from "../../../io/vtk/write_vtk.ts";
import type { CaseRecord, FlowCase } from "./flow_case.ts";

/** How a folder of cases is made. */
export interface GenerateCasesOptions {
  /** How many cases are solved at once. @default 1 */
  readonly jobs?: number | undefined;
  /** Whether OpenFOAM's files are kept of accepted cases too. @default false */
  readonly keep?: boolean | undefined;
  /** Called with the number of cases done, from the start and after every case. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Ends the solvers; cases that are done stay. */
  readonly signal?: AbortSignal | undefined;
}

/** Which cases of a folder belong to which split. */
export type MakeManifest = (
  accepted: readonly CaseRecord[],
) => Readonly<Record<string, readonly string[]>>;

/** Folder with OpenFOAM's own files, and that with the records of rejected cases. */
const workFolder = "openfoam";
const rejectedFolder = "rejected";

/**
 * Solves those cases that a folder does not hold yet, and adds them to it. Each appears when it is
 * whole: a run that was stopped goes on where it was. Rejected cases leave a record and OpenFOAM's
 * files.
 *
 * @param cases In any number; their names differ
 * @param makeManifest Splits of all accepted cases of the folder, by name
 * @returns The records of these cases
 * @throws {UserError} If OpenFOAM cannot be run, or the folder holds cases that were solved in
 * another way
 */
export async function generateCases(
  folder: string,
  cases: readonly FlowCase[],
  makeManifest: MakeManifest,
  options: GenerateCasesOptions = {},
): Promise<readonly CaseRecord[]> {
  const { jobs = 1, onProgress = () => {} } = options;
  const known = await readRecords(folder);
  for (const { name, fidelity } of known.values()) refuseOther(folder, name, fidelity, cases);
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
  // All have ended, whatever the first failure was, before it is thrown.
  await Promise.all(
    Array.from({ length: jobs }, () => work().catch((error) => failure.abort(error))),
  );
  failure.signal.throwIfAborted();
  await writeIndex(folder, [...known.values()], makeManifest);
  return cases.map(({ name }) => known.get(name)!);
}

/** Writes what OpenFOAM reads of each case into `<folder>/openfoam/<case>`, and solves none. */
export async function writeCases(
  folder: string,
  cases: readonly FlowCase[],
  { onProgress = () => {}, signal }: Pick<GenerateCasesOptions, "onProgress" | "signal"> = {},
): Promise<void> {
  for (const [i, flow] of cases.entries()) {
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    await flow.write(join(folder, workFolder, flow.name));
    onProgress(i + 1);
  }
}

/** Solves a case and moves it to its place. */
async function solveInto(
  folder: string,
  flow: FlowCase,
  { keep = false, signal }: GenerateCasesOptions,
): Promise<CaseRecord> {
  const directory = join(folder, workFolder, flow.name);
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
    // Succeeds when the last case has left it.
    await Deno.remove(join(folder, workFolder)).catch(() => {});
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
    await writeJson(join(folder, rejectedFolder, recordName), record);
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

/** The records of all cases that a folder holds, rejected ones included, by case name. */
async function readRecords(folder: string): Promise<Map<string, CaseRecord>> {
  const paths = [
    ...(await entriesOf(folder)).map((name) => join(folder, name, `${name}_case.json`)),
    ...(await entriesOf(join(folder, rejectedFolder))).map((name) =>
      join(folder, rejectedFolder, name)
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
    // Refused below, as other contents are.
  }
  const { name, accepted, fidelity } = record;
  if (typeof name === "string" && typeof accepted === "boolean" && typeof fidelity === "string") {
    return [name, record as CaseRecord];
  }
  throw new DataError(
    `Cannot add cases to a folder as "${path}" must be the record of a case that was ` +
      "generated: it is not; remove it, " +
      "or choose another folder",
  );
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    if (!(error instanceof Deno.errors.NotADirectory)) throw error;
    throw new UserError(`Cannot write cases to "${folder}" as it must be a folder: it is a file`);
  }
}

/** Throws when a folder's case was solved in another way than these cases are. */
function refuseOther(
  folder: string,
  name: string,
  fidelity: string,
  cases: readonly FlowCase[],
): void {
  const other = cases.find((flow) => flow.fidelity !== fidelity);
  if (other === undefined) return;
  throw new UserError(
    `Cannot add cases to "${folder}" as they must be of the fidelity of those that it ` +
      `holds: "${name}" is of ` +
      `"${fidelity}", the new ones of "${other.fidelity}"; choose another folder`,
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
  const bytes = new TextEncoder().encode(`${JSON.stringify(value, undefined, 1)}\n`);
  await writeFileAtomically(path, bytes, { overwrite: true });
}
