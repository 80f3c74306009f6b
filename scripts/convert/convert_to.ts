/**
 * Common parts of the commands of `convert`.
 *
 * @module
 */

import type { Command } from "commander";
import { UserError } from "../../errors.ts";
import { type MeshStore, openMeshStore } from "../../io/mesh_store.ts";
import { convertStore } from "../../pipeline/datasets/convert_store.ts";
import { summarizeStore } from "../../pipeline/datasets/imports/summarize_store.ts";
import { MANTISSA_BITS } from "../../pipeline/datasets/round_mantissa.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";
import { integerOption, interruptSignal, outputOption } from "../command/command_line.ts";
import { PRESETS } from "../../pipeline/presets/presets.ts";
import { madeOption } from "../options/cache_option.ts";
import { projectPath } from "../command/paths.ts";
import { nextCommand, summaryText } from "../data_sets/summary_text.ts";
import { makeOnce } from "../data_sets/reused_store.ts";
import { startProgress } from "../progress/progress.ts";

/** Flags of the output. */
export interface TargetFlags {
  readonly out?: string | undefined;
  readonly overwrite: boolean;
  readonly mantissaBits?: number | undefined;
  readonly cache: boolean;
}

/** A conversion and its inputs other than {@linkcode TargetFlags}. */
export interface Conversion {
  /** Such as `convert darcy`. */
  readonly command: string;
  /** The module that reads the source. */
  readonly module: URL;
  readonly sources: readonly string[];
  readonly options: object;
}

/** The module that writes the store. */
export const STORE_MODULE = new URL(
  "../../pipeline/datasets/convert_store.ts",
  import.meta.url,
);

/** Adds the options of the output. */
export function addTargetOptions(command: Command): Command {
  return command
    .addOption(
      outputOption("--out <store>", "output: a .zarr or .arrow store (required)", "file"),
    )
    .option("--overwrite", "replace an existing store once the new one is complete", false)
    .addOption(
      integerOption(
        "--mantissa-bits <n>",
        "round all fields except inputs to n of 23 bits to save space; 13 bits have a relative " +
          "error of 6e-5 (default: 23)",
        1,
        MANTISSA_BITS,
      ),
    )
    .addOption(madeOption());
}

/**
 * The path of the output. `--out` is not a mandatory option of commander, which would report it
 * before misspelt options.
 */
export function targetOf(source: string, { out }: TargetFlags): string {
  if (out !== undefined) return out;
  throw new UserError(
    `Cannot convert "${source}": --out is required; give the path of a .zarr or .arrow store`,
  );
}

/**
 * Converts, unless the store is what this command made of the same sources before.
 *
 * @param isQuiet Whether to print nothing about it
 */
export async function convertOnce(
  { command, module, sources, options }: Conversion,
  out: string,
  { mantissaBits, cache }: TargetFlags,
  convert: () => Promise<void>,
  isQuiet = false,
): Promise<void> {
  await makeOnce(
    {
      command,
      modules: [module, STORE_MODULE],
      options: { ...options, mantissaBits },
      sources,
      outputs: [out],
      cache,
    },
    convert,
    isQuiet,
  );
}

/** Writes every sample of `source` to `out`, with progress and a summary. */
export async function convertTo(
  out: string,
  source: MeshStore,
  options: {
    readonly overwrite: boolean;
    readonly mantissaBits?: number | undefined;
    readonly resolution?: number | undefined;
    readonly shares?: SplitShares | undefined;
    readonly isQuiet?: boolean | undefined;
  },
): Promise<void> {
  const { overwrite, mantissaBits, resolution, shares, isQuiet = false } = options;
  const progress = startProgress("convert", source.sampleCount, "samples");
  try {
    await convertStore(source, out, {
      overwrite,
      mantissaBits,
      onProgress: (done) => progress.update(done),
      signal: interruptSignal,
      resolution,
      shares,
    });
  } finally {
    progress.stop();
  }
  if (isQuiet) return;
  const { sampleCount, attributes: { generator } } = source;
  if (Array.isArray(generator?.rejected)) {
    console.log(`Left out because they did not converge: ${generator.rejected.join(", ")}`);
  }
  if (Array.isArray(generator?.notes)) {
    for (const note of generator.notes) console.log(`Note: ${note}`);
  }
  console.log(`Wrote ${sampleCount} ${sampleCount === 1 ? "sample" : "samples"} to ${out}`);
}

/** Converts as `convertTo`, and prints the summary of the new store. */
export async function convertAndSummarize(
  ...[out, source, options]: Parameters<typeof convertTo>
): Promise<void> {
  await convertTo(out, source, options);
  const store = await openMeshStore(out);
  const summary = await summarizeStore(store);
  const preset = Object.keys(PRESETS).find((name) => name === store.attributes.case);
  console.log(`${summaryText(summary)}\nNext: ${nextCommand(summary, projectPath(out), preset)}`);
}
