/**
 * Common parts of the commands that solve flows with OpenFOAM: into a folder of cases, and from
 * there into a store.
 *
 * @module
 */

import { extname, join } from "node:path";
import { type Command, Option } from "commander";
import { UserError } from "../../errors.ts";
import { refuseExisting } from "../../io/atomic_write.ts";
import type { MeshStore } from "../../io/mesh_store.ts";
import type { FlowCase } from "../../pipeline/datasets/openfoam/flow_case.ts";
import {
  generateCases,
  type MakeManifest,
  writeCases,
} from "../../pipeline/datasets/openfoam/generate_cases.ts";
import { integerOption, interruptSignal, outputOption } from "../command/command_line.ts";
import { madeOption } from "../options/cache_option.ts";
import { convertTo, STORE_MODULE } from "../convert/convert_to.ts";
import { makeOnce } from "../data_sets/reused_store.ts";
import { startProgress } from "../progress/progress.ts";

/** Flags of these commands. */
export interface FlowFlags {
  readonly count: number;
  readonly seed: number;
  readonly case?: readonly string[] | undefined;
  readonly out: string;
  readonly jobs: number;
  readonly casesOnly: boolean;
  readonly keep: boolean;
  readonly overwrite: boolean;
  readonly cache: boolean;
}

/**
 * Adds the options of {@linkcode FlowFlags} to a command.
 *
 * @param out Default output
 * @param exampleCase Name of a case for the help
 */
export function addFlowOptions(command: Command, out: string, exampleCase: string): Command {
  const cores = navigator.hardwareConcurrency;
  return command
    .addOption(integerOption("--count <n>", "number of random cases", 1).default(20))
    .addOption(
      integerOption("--seed <n>", "seed of the random cases", 0, Number.MAX_SAFE_INTEGER).default(
        1,
      ),
    )
    .addOption(
      new Option(
        "--case <names...>",
        `cases by name, such as ${exampleCase}, instead of random ones`,
      )
        .conflicts(["count", "seed"]),
    )
    .addOption(
      outputOption(
        "--out <path>",
        "output: a folder to add the cases to, or a .zarr or .arrow store",
        "file",
      ).default(out),
    )
    .addOption(
      integerOption("--jobs <n>", "cases to solve at once", 1, cores).default(
        cores,
        "all cores",
      ),
    )
    .option("--cases-only", "write the input files of OpenFOAM without solving", false)
    .option("--keep", "keep the files of OpenFOAM", false)
    .option("--overwrite", "replace an existing store once the new one is complete", false)
    .addOption(madeOption());
}

/** Parameters of the requested cases. */
export function chooseFlows<T>(
  { count, seed, case: names }: FlowFlags,
  draw: (seed: number, index: number) => T,
  parse: (name: string) => T,
): readonly T[] {
  if (names !== undefined) return names.map(parse);
  return Array.from({ length: count }, (_, index) => draw(seed, index));
}

/** A kind of flow: how it is solved, and how its folder of cases is read. */
export interface FlowKind {
  /** Such as `generate airfoil`. */
  readonly command: string;
  /** The module that solves the flows. */
  readonly solver: URL;
  /** The module that reads the folder. */
  readonly reader: URL;
  readonly makeManifest: MakeManifest;
  readonly open: (folder: string) => Promise<MeshStore>;
}

const CASES_MODULE = new URL(
  "../../pipeline/datasets/openfoam/generate_cases.ts",
  import.meta.url,
);

/** Creates the requested folder or store, unless the store is what this command made before. */
export async function generateFlows(
  requested: readonly FlowCase[],
  flags: FlowFlags,
  kind: FlowKind,
): Promise<void> {
  const { out, casesOnly, overwrite, cache } = flags;
  const flows = [...new Map(requested.map((flow) => [flow.name, flow])).values()];
  const extension = extname(out).toLowerCase();
  const toStore = [".zarr", ".arrow"].includes(extension);
  const folder = toStore ? `${out.slice(0, -extension.length)}_cases` : out;
  if (!toStore || casesOnly) return await solveFlows(flows, folder, flags, kind.makeManifest);
  const recipe = {
    command: kind.command,
    modules: [kind.solver, CASES_MODULE, kind.reader, STORE_MODULE],
    options: flows.map(({ name, fidelity }) => ({ name, fidelity })),
    // The store also holds cases that other commands have added to the folder.
    sources: [],
    outputs: [out, join(folder, "cases.json")],
    cache,
  };
  await makeOnce(recipe, async () => {
    await refuseExisting(out, { overwrite });
    await solveFlows(flows, folder, flags, kind.makeManifest);
    await convertTo(out, await kind.open(folder), { overwrite });
  });
}

/** Solves cases into a folder, and those that are in it only once. */
async function solveFlows(
  flows: readonly FlowCase[],
  folder: string,
  { jobs, casesOnly, keep }: FlowFlags,
  makeManifest: MakeManifest,
): Promise<void> {
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  const watched = async <T>(action: string, total: number, work: (watch: Watch) => Promise<T>) => {
    const progress = startProgress(action, total, "cases");
    try {
      return await work({ onProgress: (done) => progress.update(done), signal: interruptSignal });
    } finally {
      progress.stop();
    }
  };
  if (casesOnly) {
    await watched("write", flows.length, (watch) => writeCases(folder, flows, watch));
    console.log(`Wrote ${caseCount(flows.length)} for OpenFOAM to ${folder} in ${seconds()} s`);
    return;
  }
  const records = await watched(
    "generate",
    flows.length,
    (watch) => generateCases(folder, flows, makeManifest, { jobs, keep, ...watch }),
  );
  const rejected = records.filter(({ accepted }) => !accepted);
  for (const { name, reason } of rejected) console.error(`Rejected ${name}: ${reason}`);
  if (rejected.length === records.length) {
    throw new UserError(
      `Cannot create a data set of "${folder}": at least one case must be accepted, received ` +
        `${caseCount(records.length)}, all rejected`,
    );
  }
  console.log(
    `Wrote ${caseCount(records.length - rejected.length)} to ${folder} in ${seconds()} s`,
  );
}

/** Progress and cancellation of work. */
interface Watch {
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}

function caseCount(count: number): string {
  return `${count} ${count === 1 ? "case" : "cases"}`;
}
