/**
 * Validates a complete pipeline before any worker starts, and reports all problems at once.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { didYouMean, messageOf, PipelineError } from "../../../errors.ts";
import { countOf } from "../../../format.ts";
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
  /** Options as given; each worker parses them itself. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A valid pipeline. Every producer comes before its consumers.
 */
export interface ValidPipeline {
  readonly name: string;
  readonly stages: ReadonlyMap<string, ValidStage>;
}

/** Where the modules of stages are found. */
export interface StageSources {
  /** Modules of the built-in stages by name. */
  readonly registry: StageRegistry;
  /**
   * Base of relative paths to custom stages.
   *
   * @default the working directory
   */
  readonly base?: string | URL | undefined;
}

/**
 * Validates a pipeline and imports its stages, custom ones in workers.
 *
 * @throws {PipelineError} If the pipeline is not valid; lists every problem with names, wiring,
 * cycles, ranks, options and schemas.
 * @throws {PermissionError} If the process lacks a permission that the pipeline grants a stage.
 */
export async function validatePipeline(
  spec: PipelineSpec,
  sources: StageSources,
): Promise<ValidPipeline> {
  const problems = checkShape(spec);
  if (problems.length > 0) throw invalidPipeline(spec, problems);

  const names = Object.keys(spec.stages);
  problems.push(...names.flatMap((name) => wiringProblems(name, spec)), ...cycleProblems(spec));
  const { inspected, optionProblems, loadProblems } = await inspectPipeline(spec, sources);
  problems.push(...loadProblems);
  for (const stage of inspected.values()) {
    problems.push(...optionProblems.get(stage.name) ?? []);
    problems.push(...stageProblems(stage), ...inputProblems(stage, inspected));
  }
  if (problems.length > 0) throw invalidPipeline(spec, problems);
  const ordered = producersFirst(spec);
  return { name: spec.name, stages: new Map(ordered.map((name) => [name, inspected.get(name)!])) };
}

/** The error that lists the problems of a pipeline, each a full sentence. */
export function invalidPipeline(
  spec: Pick<PipelineSpec, "name"> | undefined,
  problems: readonly string[],
): PipelineError {
  const count = countOf(problems.length, "problem");
  const list = problems.map((problem, i) => `  ${i + 1}. ${problem}`);
  return new PipelineError(
    [`Cannot run pipeline "${spec?.name}": ${count}`, ...list].join("\n"),
    problems,
  );
}

/** Inspects the stages; returns those that can be imported, and all problems found. */
async function inspectPipeline(spec: PipelineSpec, sources: StageSources) {
  const names = Object.keys(spec.stages);
  const reasons = new Map<string, string>();
  const found: FoundStage[] = [];
  for (const name of names) {
    const stage = findStage(name, spec, sources);
    if (typeof stage === "string") reasons.set(name, stage);
    else found.push(stage);
  }
  const inspections = await inspectStages(found);
  const inspected = new Map<string, ValidStage>();
  const optionProblems = new Map<string, readonly string[]>();
  for (const [k, stage] of found.entries()) {
    const { name } = stage;
    const inspection = inspections[k];
    if (typeof inspection === "string") {
      reasons.set(name, inspection);
      continue;
    }
    const { problems, ...rest } = inspection;
    const { ranks = 1 } = spec.stages[name];
    inspected.set(name, { ...stage, ...rest, ranks, from: inputNames(spec.stages[name]) });
    optionProblems.set(name, problems);
  }
  const loadProblems = names.flatMap((name) =>
    reasons.has(name) ? [`Cannot load stage "${name}": ${reasons.get(name)}`] : []
  );
  return { inspected, optionProblems, loadProblems };
}

/** The stage with the URL of its module, or the problem with `run`. */
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
    `Cannot connect stage "${name}" to "${producer}": no such stage, ` +
    `${didYouMean(producer, others)}`
  );
}

/** One sentence for each cycle found by walking from consumers to producers. */
function cycleProblems(spec: PipelineSpec): string[] {
  const problems: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]) => {
    if (trail.includes(name)) {
      const cycle = [...trail.slice(trail.indexOf(name)), name].reverse().map((stage) =>
        `"${stage}"`
      );
      problems.push(
        `Cannot order the stages: there must be no cycle, received ${cycle.join(" → ")}`,
      );
    } else if (!done.has(name) && Object.hasOwn(spec.stages, name)) {
      for (const producer of inputNames(spec.stages[name])) visit(producer, [...trail, name]);
      done.add(name);
    }
  };
  for (const name of Object.keys(spec.stages)) visit(name, []);
  return problems;
}

/** Problems with a single stage: its declaration and the number of its inputs. */
function stageProblems({ name, stage, from }: ValidStage): string[] {
  const problems: string[] = [];
  if (stage.routeByRank && stage.output?.columns.rank !== "int32") {
    problems.push(
      `Cannot route the output of stage "${name}" by rank: it must have an int32 column "rank"`,
    );
  }
  const required = stage.inputs.length;
  const most = required + (stage.optionalInputs?.length ?? 0);
  if (from.length < required || from.length > most) {
    const names = [
      ...stage.inputs.map(({ name }) => `"${name}"`),
      ...(stage.optionalInputs ?? []).map(({ name }) => `"${name}" (optional)`),
    ];
    const expected = names.join(", ") || "none";
    const inputs = most > required
      ? `${required} to ${countOf(most, "input")}`
      : countOf(required, "input");
    const given = from.map((producer) => `"${producer}"`).join(", ") || "none";
    problems.push(
      `Cannot connect stage "${name}": "${stage.name}" needs ` +
        `${inputs} (${expected}), received ${from.length} ` +
        `(${given})`,
    );
  }
  return problems;
}

/** Problems between a stage and its producers: outputs, schemas and ranks. */
function inputProblems(
  consumer: ValidStage,
  inspected: ReadonlyMap<string, ValidStage>,
): string[] {
  const producers = consumer.from.map((producer) => inspected.get(producer));
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
        `Cannot run stage "${consumer.name}" with ${consumer.ranks} ranks: they must have peers ` +
          "or an input that is routed by rank, otherwise all do the same work; remove ranks",
      );
    }
  }
  return problems;
}

function linkProblems(producer: ValidStage, consumer: ValidStage, input: number): string[] {
  const from = producer.name;
  const { output } = producer.stage;
  if (output === undefined) {
    const { name } = producer.stage;
    return [`Cannot connect stage "${consumer.name}" to "${from}": "${name}" has no output`];
  }
  const problems: string[] = [];
  const { inputs, optionalInputs = [] } = consumer.stage;
  const schema = [...inputs, ...optionalInputs].at(input);
  if (schema !== undefined) {
    const differences = schemaDifferences(output, schema);
    problems.push(
      ...differences.map((difference) =>
        `Cannot connect stage "${consumer.name}" to "${from}": ${difference}`
      ),
    );
  }
  if (wiringOf(producer, consumer) === undefined) {
    problems.push(
      `Cannot connect stage "${consumer.name}" to "${from}": both must have the same number of ` +
        `ranks, received ${consumer.ranks} and ${producer.ranks}`,
    );
  }
  return problems;
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
