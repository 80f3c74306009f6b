/**
 * The runs of a comparison: one preset, many networks and seeds, all else equal.
 *
 * @module
 */

import { join } from "node:path";
import { overrideOptions } from "../../engine/definition/spec.ts";
import type { Preset, PresetChoice } from "../../presets/preset.ts";
import type { Variation } from "../variations.ts";
import { networkNamed, networkSettings } from "./networks.ts";

/** What is compared, and where. */
export interface ComparisonChoice extends Pick<PresetChoice, "device" | "store"> {
  /** Names out of `NETWORKS`. */
  readonly networks: readonly string[];
  /** Seeds of the sampling and of the first parameters: 0, 1, and so on. */
  readonly seeds: number;
  /** Changed options of all runs, as `--set` takes them. */
  readonly assignments: readonly string[];
  /** Highest learning rate of the GCN, if not that of `NETWORKS`. */
  readonly gcnRate?: number | undefined;
}

/** One run. */
export interface PlannedRun extends Variation {
  /** Label of the network. */
  readonly network: string;
  readonly seed: number;
  /** Options of the task that repeats it. */
  readonly flags: PresetChoice & { readonly set: readonly string[] };
}

/**
 * All runs, seed by seed: after the first ones, every network has been seen.
 *
 * The runs of a seed differ in the ranks, which change no sample and no step, and in what makes the
 * network. These options come last, so common assignments like `stages.model.with.width=16` or
 * `stages.graphs.with.radius=0.1` leave the GCN as it is.
 *
 * @throws {PipelineError} If an assignment cannot be made.
 */
export function plannedRuns(preset: Preset, comparison: ComparisonChoice): PlannedRun[] {
  const { networks, seeds, device, store, gcnRate } = comparison;
  return Array.from({ length: seeds }, (_, seed) =>
    networks.map((name): PlannedRun => {
      const network = networkNamed(name);
      const { label, ranks } = network;
      const choice = { ranks, device, store, seed };
      const pipeline = preset.build(choice);
      const rate = name === "gcn" && gcnRate !== undefined ? { learningRate: gcnRate } : {};
      const settings = networkSettings(
        { ...network, options: { ...network.options, ...rate } },
        preset,
        pipeline,
      );
      const set = [
        ...comparison.assignments,
        ...Object.entries(settings).map(([path, value]) => `${path}=${value}`),
      ];
      return {
        network: label,
        seed,
        name: `${name}-seed${seed}`,
        flags: { ...choice, set },
        title: `${preset.title}, ${label}, seed ${seed}`,
        spec: overrideOptions(pipeline, set),
      };
    })).flat();
}

/** Where the results of a comparison go unless told. */
export function comparisonDirectory({ name }: Preset): string {
  return join("out", `compare-${name}`);
}
