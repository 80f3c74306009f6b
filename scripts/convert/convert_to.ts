/**
 * What the commands of `convert` share.
 *
 * @module
 */

import type { Command } from "commander";
import { UserError } from "../../errors.ts";
import type { MeshStore } from "../../io/mesh_store.ts";
import { convertStore } from "../../pipeline/datasets/convert_store.ts";
import { MANTISSA_BITS } from "../../pipeline/datasets/round_mantissa.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";
import { integerOption, interruptSignal, outputOption } from "../command/command_line.ts";
import { madeOption } from "../options/cache_option.ts";
import { makeOnce } from "../data_sets/reused_store.ts";
import { startProgress } from "../progress/progress.ts";

/** Where to write. */
export interface TargetFlags {
  readonly out?: string | undefined;
  readonly overwrite: boolean;
  readonly mantissaBits?: number | undefined;
  readonly cache: boolean;
}

/** A conversion and what it depends on beside {@linkcode TargetFlags}. */
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

/** Declares `--out`, `--overwrite` and `--mantissa-bits`. */
export function addTargetOptions(command: Command): Command {
  return command
    .addOption(
      outputOption("--out <store>", "where to write: a .zarr or .arrow store (required)", "whole"),
    )
    .option("--overwrite", "replace what is there, once the new data set is whole", false)
    .addOption(
      integerOption(
        "--mantissa-bits <n>",
        "round all fields but inputs to n of 23 bits, for less room; 13 is a relative " +
          "error of 6e-5 (default: 23)",
        1,
        MANTISSA_BITS,
      ),
    )
    .addOption(madeOption());
}

/**
 * The path to write to. It is no mandatory option of commander, which would complain before it
 * looks at mistyped names.
 */
export function targetOf(source: string, { out }: TargetFlags): string {
  if (out !== undefined) return out;
  throw new UserError(`Cannot convert "${source}" as --out must say where to: it is missing`);
}

/** Converts, unless the store is there as this command makes it of the same sources. */
export async function convertOnce(
  { command, module, sources, options }: Conversion,
  out: string,
  { mantissaBits, cache }: TargetFlags,
  convert: () => Promise<void>,
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
  );
}

/** Writes every sample of `source` to `out`, showing progress, and says so. */
export async function convertTo(
  out: string,
  source: MeshStore,
  options: {
    readonly overwrite: boolean;
    readonly mantissaBits?: number | undefined;
    readonly resolution?: number | undefined;
    readonly shares?: SplitShares | undefined;
  },
): Promise<void> {
  const { overwrite, mantissaBits, resolution, shares } = options;
  const progress = startProgress("convert", source.sampleCount, "samples");
  try {
    await convertStore(source, out, {
      overwrite,
      mantissaBits,
      onProgress: (done) => progress.update(done),
      signal: interruptSignal,
      ...(resolution !== undefined && { resolution }),
      ...(shares !== undefined && { shares }),
    });
  } finally {
    progress.stop();
  }
  const { sampleCount, attributes: { generator } } = source;
  if (Array.isArray(generator?.rejected)) {
    console.log(`Left out as they did not converge: ${generator.rejected.join(", ")}`);
  }
  console.log(`Wrote ${sampleCount} ${sampleCount === 1 ? "sample" : "samples"} to ${out}`);
}
