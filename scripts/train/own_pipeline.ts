/**
 * The pipeline of a store, with everything chosen that a preset would fix.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { didYouMean, UserError } from "../../errors.ts";
import { countOf, formatCount, formatNumber, formatRound, formatSeconds } from "../../format.ts";
import type { MeshStore } from "../../io/mesh_store.ts";
import { overrideOptions } from "../../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec } from "../../pipeline/engine/definition/spec.ts";
import {
  chooseGraph,
  type ExplainedGraph,
  type FixedGraph,
  type ProbedMesh,
} from "../../pipeline/presets/graph_choice.ts";
import { learningRateFor, ownDataPipeline } from "../../pipeline/presets/own_data.ts";
import { fitMinutes, type FittedPipeline } from "../../pipeline/run/fit_minutes.ts";
import { interruptSignal } from "../command/command_line.ts";
import { type FitFlags, fitOnce } from "./remembered_fit.ts";

/** Values of a training on a store that the user fixes. */
export interface OwnDataFlags extends FixedGraph, FitFlags {
  readonly inputs?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  readonly minutes?: number | undefined;
  readonly epochs?: number | undefined;
  readonly ranks?: number | undefined;
  readonly device?: "auto" | "webgpu" | "cpu" | undefined;
  readonly seed?: number | undefined;
  /** Name of the data set for people. @default that of the store */
  readonly title?: string | undefined;
  /** Whether to test on the split `test`. */
  readonly testing: boolean;
  readonly set: readonly string[];
}

/** A training on a store. */
export interface OwnPipeline {
  readonly spec: PipelineSpec;
  readonly title: string;
  /** Epochs and changed options, which the command that repeats the training fixes. */
  readonly epochs: number;
  readonly set: readonly string[];
  /** The choices and their reasons, a line each. */
  readonly lines: readonly string[];
}

/** Minutes of a complete training by default. */
export const DEFAULT_MINUTES = 2;

/** A change of the number of epochs. */
const EPOCHS = /^stages\.graphs\.with\.epochs=/;

/** Meshes whose spacing is measured. */
const PROBED_MESHES = 4;

/** Preparing a mesh and comparing with it takes about as long as reading it this often. */
const PREPARATION_READS = 4;

/** Sampled nodes for each rank: with fewer, ranks wait for each other most of the time. */
const NODES_PER_RANK = 150;

/** Ranks that are used without being asked for. */
const MAX_RANKS = 4;

/** Covers of a test mesh, whose mean is the prediction; one if all nodes are in one graph. */
const ROUNDS = 4;

/**
 * Chooses a pipeline for a store.
 *
 * @param store The data
 * @param name Name of the pipeline
 * @param started Time at which the command started, as of `performance.now()`
 * @throws {UserError} If the store cannot be trained on; nothing was started.
 */
export async function chooseOwnPipeline(
  store: MeshStore,
  name: string,
  flags: OwnDataFlags,
  started: number,
): Promise<OwnPipeline> {
  const roles = rolesOf(store, flags);
  const { train, validation, test } = splitsOf(store, flags.testing);
  const { meshes, readSeconds } = await probe(store, train);
  const isGraph = store.attributes.case === "graph";
  const graph = chooseGraph(meshes, isGraph, flags);
  const { device = "auto", seed = 0 } = flags;
  const ranks = flags.ranks ?? ranksFor(graph);
  const cells = store.attributes.cells === true && !isGraph;
  const own = overrideOptions(
    ownDataPipeline({
      name,
      store: store.path,
      inputs: flags.inputs,
      targets: flags.targets,
      graph,
      ranks,
      device,
      seed,
      learningRate: learningRateFor(train.length),
      epochs: flags.epochs ?? 1,
      rounds: graph.nodes === "all" ? 1 : ROUNDS,
      validation: validation.length > 0,
      tests: test.length > 0,
      cells,
    }),
    flags.set,
  );
  const isFixed = flags.epochs !== undefined || flags.set.some((text) => EPOCHS.test(text));
  const fit = isFixed ? undefined : await fitTime(own, store, flags, { started, readSeconds });
  const epochs = fit?.epochs ?? Number(own.stages.graphs.with?.epochs);
  const title = flags.title ?? store.attributes.title ?? name;
  return {
    spec: fit?.spec ?? own,
    title: `${title}: ${roles.targets.join(", ")}`,
    epochs,
    // The first change is that of the epochs.
    set: [...flags.set, ...fit?.set.slice(1) ?? []],
    lines: [
      `graphs    ${graphText(graph)}`,
      `network   ${inputsText(roles.inputs, cells)}; on ${countOf(ranks, "rank")}`,
      `training  ${trainingText(epochs, train.length, fit, flags.minutes ?? DEFAULT_MINUTES)}`,
      `validate  ${validationText(validation.length)}`,
      test.length > 0
        ? `test      ${partText(fit?.testLimit, test.length)} on which the network is never trained`
        : "test      none: the errors on new cases remain unknown",
      ...graph.isApart === true
        ? ["note      parts of the meshes are far apart: no edges join them"]
        : [],
      ...casesNote(store, train),
    ],
  };
}

/** A name for a pipeline and a directory, from that of a data set. */
export function pipelineName(text: string): string {
  const name = text.normalize("NFKD").replace(/[^\w.+-]+/g, "_").replace(/^[^A-Za-z0-9]+|_+$/g, "");
  return name === "" ? "data" : name;
}

/** The name of a store without its folder and its ending. */
export function storeName(path: string): string {
  const name = basename(path).replace(/\.(data|split)\.zarr$/, "");
  return pipelineName(name.slice(0, name.length - extname(name).length) || name);
}

/** Names of the inputs and targets. @throws {UserError} If there is no target. */
function rolesOf({ attributes, path }: MeshStore, { inputs, targets }: OwnDataFlags) {
  const names = Object.keys(attributes.fields).filter((name) => name !== attributes.mask);
  const ofRole = (role: string) => names.filter((name) => attributes.fields[name].role === role);
  for (const name of [...inputs ?? [], ...targets ?? []]) {
    if (names.includes(name)) continue;
    throw new UserError(
      `Cannot train on "${path}": no field "${name}", ${didYouMean(name, names)}`,
    );
  }
  const both = (inputs ?? []).find((name) => targets?.includes(name));
  if (both !== undefined) {
    throw new UserError(
      `Cannot train on "${path}": "${both}" is both input and target; choose one`,
    );
  }
  const roles = {
    targets: targets ?? ofRole("target"),
    inputs: inputs ?? ofRole("input").filter((name) => !targets?.includes(name)),
  };
  if (roles.targets.length > 0) return roles;
  throw new UserError(
    `Cannot train on "${path}": there must be a field to predict, none has the role target; name ` +
      `some of its fields (${names.join(", ") || "it has none"}) with --targets`,
  );
}

function validationText(sampleCount: number): string {
  if (sampleCount === 0) return "none: no samples are for it";
  const meshes = sampleCount === 1 ? "1 mesh" : `${sampleCount} meshes`;
  return `after each epoch on ${meshes}, from which the network does not learn`;
}

/**
 * Samples to train, validate and test on.
 *
 * @throws {UserError} If there are none, or a case is in two splits.
 */
function splitsOf({ attributes, path, sampleCount }: MeshStore, testing: boolean) {
  const { splits, groups, ids } = attributes;
  const { train = [], validation = [], test = [] } = splits;
  const found = Object.entries(splits).map(([name, { length }]) => `${name} ${length}`).join(", ");
  if (train.length === 0) {
    throw new UserError(
      `Cannot train on "${path}": its split "train" must have samples, the splits are ` +
        `${found || "none"}; convert it with other --splits`,
    );
  }
  const cases = groups ?? ids;
  const trained = new Set(train.map((sample) => cases[sample]));
  const seen = validation.find((sample) => trained.has(cases[sample]));
  if (seen !== undefined) {
    throw new UserError(
      `Cannot validate on "${path}": no case may be in "train" and in "validation", ` +
        `"${cases[seen]}" is in both; convert it with other --splits`,
    );
  }
  if (!testing) return { train, validation, test: [] };
  const both = test.find((sample) => trained.has(cases[sample]));
  if (both !== undefined) {
    throw new UserError(
      `Cannot test on "${path}": no case may be in "train" and in "test", "${cases[both]}" is in ` +
        "both; convert it with other --splits, or give --no-test to train without a test",
    );
  }
  if (test.length > 0) return { train, validation, test };
  const remedy = sampleCount === 1
    ? "one case does not show how the fields depend on the inputs; add cases, or give --no-test"
    : "convert it with other --splits, or give --no-test to train without a test";
  throw new UserError(
    `Cannot test on "${path}": its split "test" must have samples, the splits are ${found}; ` +
      remedy,
  );
}

/** Some of the training meshes, and the time to read one. */
async function probe(store: MeshStore, train: readonly number[]) {
  const step = Math.max(1, Math.floor(train.length / PROBED_MESHES));
  const chosen = train.filter((_, k) => k % step === 0).slice(0, PROBED_MESHES);
  const meshes: ProbedMesh[] = [];
  const started = performance.now();
  for (const number of chosen) meshes.push(await store.read(number));
  return { meshes, readSeconds: (performance.now() - started) / 1000 / meshes.length };
}

function ranksFor({ nodes, nodeCounts }: ExplainedGraph): number {
  const sampled = nodes === "all" ? nodeCounts[0] : Math.min(nodes, nodeCounts[0]);
  const cores = Math.max(1, navigator.hardwareConcurrency);
  return Math.max(1, Math.min(cores, MAX_RANKS, Math.floor(sampled / NODES_PER_RANK)));
}

/** Fits the training to the time, or takes the result of the same command before. */
async function fitTime(
  spec: PipelineSpec,
  store: MeshStore,
  flags: OwnDataFlags,
  { started, readSeconds }: { readonly started: number; readonly readSeconds: number },
): Promise<FittedPipeline> {
  const { sampleCount, attributes: { nodeCount } } = store;
  const { minutes = DEFAULT_MINUTES } = flags;
  return await fitOnce({ spec, minutes, sampleCount, nodeCount }, flags, async () => {
    const seconds = 60 * minutes - (performance.now() - started) / 1000;
    const meshSeconds = PREPARATION_READS * readSeconds;
    return await fitMinutes(spec, seconds, { signal: interruptSignal, meshSeconds });
  });
}

function graphText(graph: ExplainedGraph): string {
  const { edges, radius, maxEdges, nodes, nodeCounts, spacing, grading, candidates } = graph;
  const [fewest, most] = nodeCounts.map(formatCount);
  const counts = fewest === most ? most : `${fewest} to ${most}`;
  const sampled = nodes === "all"
    ? `all ${counts} nodes`
    : `${nodes} of ${counts} nodes, drawn anew`;
  if (edges === "given") return `${sampled}, joined by the edges of the data`;
  if (edges === "nearest") {
    return `${sampled}; edges from the ${maxEdges} nearest nodes, as the spacing varies ` +
      `${formatNumber(grading, 2)}-fold`;
  }
  return `${sampled}; up to ${countOf(maxEdges, "edge")} to a node, within ` +
    `${formatRound(radius!, 2)}: median spacing ${formatNumber(spacing, 2)}, about ` +
    `${candidates} neighbours`;
}

function inputsText(inputs: readonly string[], cells: boolean): string {
  const derived = cells ? ["the distance to the boundary"] : [];
  const read = `reads ${listText(["the coordinates", ...inputs, ...derived])}`;
  if (inputs.length > 0) return read;
  return `${read} only, so that cases on one mesh are alike to it; name what they differ in with ` +
    "--inputs";
}

/** Texts as in a sentence: `a, b and c`. */
function listText(texts: readonly string[]): string {
  const last = texts[texts.length - 1];
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} and ${last}`;
}

/** A note on training on a single case. */
function casesNote({ attributes: { groups } }: MeshStore, train: readonly number[]): string[] {
  const caseCount = new Set(train.map((sample) => groups?.[sample] ?? sample)).size;
  if (caseCount > 1) return [];
  return ["note      one training case does not show how the fields depend on the inputs"];
}

/** All meshes, or the part of them that fits the time. */
function partText(part: number | undefined, count: number): string {
  const all = `${formatCount(count)} ${count === 1 ? "mesh" : "meshes"}`;
  return part === undefined ? all : `${formatCount(part)} of ${all}`;
}

function trainingText(
  epochs: number,
  meshCount: number,
  fit: FittedPipeline | undefined,
  minutes: number,
): string {
  const all = partText(fit?.limit, meshCount);
  if (fit === undefined) return `${countOf(epochs, "epoch")} of ${all}`;
  const { steps, plan } = fit;
  return `${countOf(epochs, "epoch")} of ${all}: ${countOf(steps, "step")} of about ` +
    `${formatSeconds(plan.training.stepSeconds)} fit ${countOf(minutes, "minute")}`;
}
