/**
 * Checks a whole pipeline before any worker starts: all problems at once.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { didYouMean, messageOf, PipelineError } from "../../../errors.ts";
import { checkShape } from "./check_shape.ts";
import { type FoundStage, inspectStages } from "./inspect_stages.ts";
import { resolveStage, type StageRegistry } from "./load_stage.ts";
import { givenPermissions, type PermittedStage } from "../permissions/stage_permissions.ts";
import { schemaDifferences } from "./schema_match.ts";
import { inputNames, type PipelineSpec } from "./spec.ts";
import { type WiredStage, wiringOf } from "./wiring.ts";

/** A stage of a valid pipeline. */
export interface ValidStage extends WiredStage, PermittedStage {
  readonly ranks: number;
  readonly from: readonly string[];
  /** Options as given: each worker parses them for itself. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A valid pipeline; its stages are in an order in which every producer comes before its consumers.
 */
export interface ValidPipeline {
  readonly name: string;
  readonly stages: ReadonlyMap<string, ValidStage>;
}

/** Where a pipeline's stages come from. */
export interface StageSources {
  /** The modules of the built-in stages by name. */
  readonly registry: StageRegistry;
  /**
   * What relative paths to stages are relative to.
   *
   * @default The working directory.
   */
  readonly base?: string | URL | undefined;
}

/**
 * Checks the pipeline and imports its stages, those of the user's own in workers.
 *
 * @throws {PipelineError} Listing every problem: names, wiring, cycles, ranks, options, schemas.
 * @throws {PermissionError} If the process has not what the pipeline allows a stage.
 */
export async function validatePipeline(
  spec: PipelineSpec,
  sources: StageSources,
): Promise<ValidPipeline> {
  const problems = checkShape(spec);
  if (problems.length > 0) throw invalid(spec, problems);

  const names = Object.keys(spec.stages);
  problems.push(...names.flatMap((name) => wiringProblems(name, spec)), ...cycleProblems(spec));
  const { planned, optionProblems, loadProblems } = await planStages(spec, sources);
  problems.push(...loadProblems);
  for (const stage of planned.values()) {
    problems.push(...optionProblems.get(stage.name) ?? []);
    problems.push(...stageProblems(stage), ...inputProblems(stage, planned));
  }
  if (problems.length > 0) throw invalid(spec, problems);
  const ordered = producersFirst(spec);
  return { name: spec.name, stages: new Map(ordered.map((name) => [name, planned.get(name)!])) };
}

function invalid(spec: PipelineSpec, problems: readonly string[]): PipelineError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const list = problems.map((problem, i) => `  ${i + 1}. ${problem}`);
  return new PipelineError(
    [`Cannot run pipeline "${spec?.name}": ${count}`, ...list].join("\n"),
    problems,
  );
}

/** The stages whose modules can be imported, and what is wrong with the others and with options. */
async function planStages(spec: PipelineSpec, sources: StageSources) {
  const names = Object.keys(spec.stages);
  const reasons = new Map<string, string>();
  const found: FoundStage[] = [];
  for (const name of names) {
    const stage = findStage(name, spec, sources);
    if (typeof stage === "string") reasons.set(name, stage);
    else found.push(stage);
  }
  const known = await inspectStages(found);
  const planned = new Map<string, ValidStage>();
  const optionProblems = new Map<string, readonly string[]>();
  for (const [k, stage] of found.entries()) {
    const { name } = stage;
    const knowledge = known[k];
    if (typeof knowledge === "string") {
      reasons.set(name, knowledge);
      continue;
    }
    const { problems, ...rest } = knowledge;
    const { ranks = 1 } = spec.stages[name];
    planned.set(name, { ...stage, ...rest, ranks, from: inputNames(spec.stages[name]) });
    optionProblems.set(name, problems);
  }
  const loadProblems = names.flatMap((name) =>
    reasons.has(name) ? [`Cannot load stage "${name}": ${reasons.get(name)}`] : []
  );
  return { planned, optionProblems, loadProblems };
}

/** The stage with the place of its module, or what is wrong with `run`. */
function findStage(
  name: string,
  spec: PipelineSpec,
  { registry, ...sources }: StageSources,
): FoundStage | string {
  const { run, with: options = {}, permissions } = spec.stages[name];
  const base = new URL(sources.base ?? pathToFileURL(`${Deno.cwd()}/`));
  try {
    const url = resolveStage(run, registry, base);
    const isBuiltIn = Object.values(registry).some((module) => new URL(module).href === url.href);
    return {
      name,
      url,
      base,
      isBuiltIn,
      options,
      permissions: givenPermissions(permissions, base),
    };
  } catch (error) {
    return messageOf(error);
  }
}

function wiringProblems(name: string, spec: PipelineSpec): string[] {
  const unknown = inputNames(spec.stages[name]).filter((producer) =>
    !Object.hasOwn(spec.stages, producer)
  );
  const others = Object.keys(spec.stages).filter((other) => other !== name);
  return unknown.map((producer) =>
    `Cannot connect stage "${name}" to "${producer}": no stage of that name, ` +
    `${didYouMean(producer, others)}`
  );
}

/** One sentence for each cycle that a walk against the wiring meets. */
function cycleProblems(spec: PipelineSpec): string[] {
  const problems: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]) => {
    if (trail.includes(name)) {
      const cycle = [...trail.slice(trail.indexOf(name)), name].reverse().map((stage) =>
        `"${stage}"`
      );
      problems.push(
        `Cannot order the stages as they must not feed themselves: ${cycle.join(" → ")}`,
      );
    } else if (!done.has(name) && Object.hasOwn(spec.stages, name)) {
      for (const producer of inputNames(spec.stages[name])) visit(producer, [...trail, name]);
      done.add(name);
    }
  };
  for (const name of Object.keys(spec.stages)) visit(name, []);
  return problems;
}

/** What is wrong with a stage by itself: its declaration and the number of its inputs. */
function stageProblems({ name, stage, from }: ValidStage): string[] {
  const problems: string[] = [];
  if (stage.routeByRank && stage.output?.columns.rank !== "int32") {
    problems.push(
      `Cannot route the output of stage "${name}" by rank as it must have an int32 column "rank"`,
    );
  }
  if (from.length !== stage.inputs.length) {
    const wanted = stage.inputs.map((schema) => `"${schema.name}"`).join(", ") || "none";
    const given = from.map((producer) => `"${producer}"`).join(", ") || "none";
    problems.push(
      `Cannot feed stage "${name}" as "${stage.name}" takes ${inputs(stage.inputs.length)} ` +
        `(${wanted}): ` +
        `received ${from.length} (${given})`,
    );
  }
  return problems;
}

/** What is wrong between a stage and the stages that feed it: outputs, schemas, ranks. */
function inputProblems(
  consumer: ValidStage,
  planned: ReadonlyMap<string, ValidStage>,
): string[] {
  const producers = consumer.from.map((producer) => planned.get(producer));
  const problems = producers.flatMap((producer, i) =>
    producer ? linkProblems(producer, consumer, i) : []
  );
  if (
    consumer.ranks > 1 && !consumer.stage.peers &&
    producers.every((producer) => producer !== undefined)
  ) {
    const divided = producers.some((producer) =>
      ["route", "pair"].includes(wiringOf(producer, consumer) ?? "")
    );
    if (!divided) {
      problems.push(
        `Cannot run stage "${consumer.name}" with ${consumer.ranks} ranks as they must ` +
          "talk to each other or have " +
          `an input that is routed by rank: all would do the same work; leave ranks out`,
      );
    }
  }
  return problems;
}

function linkProblems(producer: ValidStage, consumer: ValidStage, input: number): string[] {
  const from = producer.name;
  const { output } = producer.stage;
  if (output === undefined) {
    return [
      `Cannot feed stage "${consumer.name}" from "${from}": "${producer.stage.name}" has no output`,
    ];
  }
  const problems: string[] = [];
  if (input < consumer.stage.inputs.length) {
    const differences = schemaDifferences(output, consumer.stage.inputs[input]);
    problems.push(
      ...differences.map((difference) =>
        `Cannot feed stage "${consumer.name}" from "${from}": ${difference}`
      ),
    );
  }
  if (wiringOf(producer, consumer) === undefined) {
    problems.push(
      `Cannot feed stage "${consumer.name}" from "${from}" as rank p goes to rank p: ` +
        `"${from}" has ${producer.ranks} ranks and "${consumer.name}" has ${consumer.ranks}`,
    );
  }
  return problems;
}

function inputs(count: number): string {
  return count === 1 ? "1 input" : `${count} inputs`;
}

function producersFirst(spec: PipelineSpec): string[] {
  const ordered = new Set<string>();
  const visit = (name: string) => {
    if (ordered.has(name)) return;
    inputNames(spec.stages[name]).forEach(visit);
    ordered.add(name);
  };
  Object.keys(spec.stages).forEach(visit);
  return [...ordered];
}
