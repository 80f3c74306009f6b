/**
 * The networks of the paper's table.
 *
 * @module
 */

import { didYouMean, UserError } from "../../../errors.ts";
import type { PipelineSpec } from "../../engine/definition/spec.ts";
import { GRAPH_CONVOLUTION, SINGLE_RANK } from "./expectations.ts";
import type { Preset } from "../../presets/preset.ts";

/** A network as it stands in the table. */
export interface ComparedNetwork {
  readonly label: string;
  readonly ranks: number;
  /** What of the training's options makes it this network. */
  readonly options: Readonly<Record<string, string | number>>;
  /** Whether its graphs have the edges of {@linkcode Preset.gcnEdges}. */
  readonly hasGcnEdges?: true | undefined;
}

/**
 * Highest learning rate of the GCN: equal terms would be unfair with a rate that was found for
 * another network. On Darcy flow with edges of its own, 1e-3, 3e-3 and 6e-3 end with normalised
 * RMSEs of 0.274, 0.266 and 0.263.
 */
export const GCN_LEARNING_RATE = 3e-3;

/** The networks by the name that `--networks` takes. */
export const NETWORKS: Readonly<Record<string, ComparedNetwork>> = {
  s: { label: SINGLE_RANK, ranks: 1, options: {} },
  ds2: { label: parallelLabel(2), ranks: 2, options: {} },
  ds4: { label: parallelLabel(4), ranks: 4, options: {} },
  gcn: {
    label: GRAPH_CONVOLUTION,
    ranks: 1,
    options: { network: "gcn", layers: 6, width: 378, learningRate: GCN_LEARNING_RATE },
    hasGcnEdges: true,
  },
};

/** Ranks that a name may ask for. */
const MOST_RANKS = 4096;

/**
 * The network of a name: one of `NETWORKS`, or `dsP` for DS-MPNN on P ranks.
 *
 * @throws {UserError} If there is none.
 */
export function networkNamed(name: string): ComparedNetwork {
  if (Object.hasOwn(NETWORKS, name)) return NETWORKS[name];
  const ranks = Number(name.match(/^ds(\d+)$/)?.[1]);
  if (ranks >= 2 && ranks <= MOST_RANKS) return { label: parallelLabel(ranks), ranks, options: {} };
  throw new UserError(
    `Cannot train network "${name}": no network of that name, ` +
      `${didYouMean(name, Object.keys(NETWORKS))}`,
  );
}

/**
 * What makes the pipeline of a preset one of a network, beside its ranks: values by the paths of
 * the options, such as `stages.model.with.layers`.
 */
export function networkSettings(
  { options, hasGcnEdges }: ComparedNetwork,
  { gcnEdges }: Preset,
  pipeline: PipelineSpec,
): Readonly<Record<string, string | number>> {
  const samplings = Object.keys(pipeline.stages).filter((name) =>
    pipeline.stages[name].run === "sample"
  );
  return {
    ...settingsOf(trainingStage(pipeline), options),
    ...(hasGcnEdges && Object.assign({}, ...samplings.map((name) => settingsOf(name, gcnEdges)))),
  };
}

function settingsOf(stage: string, options: Readonly<Record<string, string | number | undefined>>) {
  const chosen = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    chosen.map(([option, value]) => [`stages.${stage}.with.${option}`, value as string | number]),
  );
}

/** Name of the stage that trains. */
export function trainingStage({ name, stages }: PipelineSpec): string {
  const found = Object.entries(stages).find(([, { run }]) => run === "train");
  if (found !== undefined) return found[0];
  throw new TypeError(
    `Cannot compare networks on preset "${name}" as it must train one: it has no such stage`,
  );
}

/** The label of DS-MPNN on so many ranks. */
export function parallelLabel(ranks: number): string {
  return `DS-MPNN_${ranks}`;
}

/**
 * The names in a list, in the order of the table.
 *
 * @param list Names with commas between them
 * @throws {UserError} If one is unknown, or there is none.
 */
export function networkNames(list: string): readonly string[] {
  const names = list.split(",").map((name) => name.trim());
  const known = Object.keys(NETWORKS);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `Cannot compare network "${unknown}": no network of that name, ${didYouMean(unknown, known)}`,
    );
  }
  return known.filter((name) => names.includes(name));
}
