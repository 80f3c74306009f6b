/**
 * Random pipelines, and the rows that each of their ranks must receive, derived from the drawn
 * stages alone.
 *
 * @module
 */

import type { PipelineSpec, StageSpec } from "../../pipeline/engine/definition/spec.ts";
import type { Collected } from "./stages/collect.ts";
import { ENDINGS } from "./stages/disturbance.ts";
import { READING_ORDERS } from "./stages/join.ts";

/** A worker that is killed. */
export interface WorkerKill {
  readonly stage: string;
  readonly rank: number;
  readonly how: typeof ENDINGS[number];
}

/** A drawn pipeline. */
export interface RandomPipeline {
  readonly spec: PipelineSpec;
  /** Bound of every channel. */
  readonly channelBytes: number;
  /** Rows that each rank of a collecting stage must receive, by the name of the stage. */
  readonly expected: Readonly<Record<string, readonly Collected[]>>;
  readonly workerCount: number;
  /** The worker that is killed, if one is. */
  readonly kill?: WorkerKill | undefined;
}

type Kind = "source" | "change" | "deal" | "shift" | "join" | "collect";

/** A drawn stage. */
interface DrawnStage {
  readonly name: string;
  readonly kind: Kind;
  readonly ranks: number;
  readonly from: readonly DrawnStage[];
  readonly options: Readonly<Record<string, number | string>>;
}

const MAX_RANKS = 3;
/** From this number of workers on, only collecting stages are added; beyond it, of one rank. */
const MANY_WORKERS = 3;
/** Bytes of a channel: the first hold one batch at most, the last everything. */
const BOUNDS = [1, 2000, 6000, 2 ** 20] as const;

/** An integer from 0 to `bound` - 1. */
export type Draw = (bound: number) => number;

/** Draws a pipeline. @param isKilled Whether one of its workers is killed */
export function drawPipeline(draw: Draw, isKilled: boolean): RandomPipeline {
  const stages = drawStages(draw);
  const disturbance = { seed: draw(2 ** 32) };
  const killed = drawOf(stages, draw);
  const how = drawOf(ENDINGS, draw);
  const rank = draw(killed.ranks);
  const end = { how, rank, after: draw(12), milliseconds: draw(2) * draw(40) };
  const specs = stages.map((stage): [string, StageSpec] => {
    const isVictim = isKilled && stage === killed;
    return [stage.name, {
      run: new URL(`./stages/${stage.kind}.ts`, import.meta.url).href,
      from: stage.from.map(({ name }) => name),
      ranks: stage.ranks,
      with: { ...stage.options, disturbance: { ...disturbance, kill: isVictim ? end : undefined } },
    }];
  });
  return {
    spec: { name: "random", stages: Object.fromEntries(specs) },
    channelBytes: drawOf(BOUNDS, draw),
    expected: expectedRows(stages),
    workerCount: workersOf(stages),
    kill: isKilled ? { stage: killed.name, rank, how } : undefined,
  };
}

function drawStages(draw: Draw): readonly DrawnStage[] {
  const stages: DrawnStage[] = [];
  const isUnread = (stage: DrawnStage) =>
    stage.kind !== "collect" && !stages.some(({ from }) => from.includes(stage));
  const add = (kind: Kind, from: readonly DrawnStage[], options: DrawnStage["options"]) => {
    const ranks = drawRanks(kind, from, workersOf(stages) > MANY_WORKERS, draw);
    stages.push({ name: `${kind}${stages.length}`, kind, from, ranks, options });
  };
  for (let count = 1 + Number(draw(3) === 0); count > 0; count--) {
    add("source", [], {
      rows: draw(3) === 0 ? draw(3) : draw(40),
      batchRows: 1 + draw(6),
      payload: draw(200),
    });
  }
  for (let count = 1 + draw(4); count > 0 && workersOf(stages) < MANY_WORKERS; count--) {
    const unread = stages.filter(isUnread);
    const first = drawOf(unread.length > 0 && draw(3) > 0 ? unread : stages, draw);
    const others = stages.filter((stage) => stage !== first);
    const kind = drawOf<Kind>(
      others.length > 0 ? ["join", "join", "change", "deal", "shift"] : ["change", "deal", "shift"],
      draw,
    );
    const batchRows = 1 + draw(6);
    if (kind === "join") {
      // Where one input derives from the other, reading them in turn can need more room than the
      // channels have.
      const second = drawOf(first.from.length > 0 && draw(2) === 0 ? first.from : others, draw);
      add(kind, [first, second], { batchRows, order: drawOf(READING_ORDERS, draw) });
    } else if (kind === "deal") add(kind, [first], { to: 1 + draw(MAX_RANKS) });
    else add(kind, [first], { batchRows });
  }
  const read = stages.filter(isUnread);
  if (draw(3) === 0) read.push(drawOf(stages, draw));
  for (const stage of read) add("collect", [stage], draw(8) === 0 ? { most: 1 + draw(20) } : {});
  return stages;
}

/**
 * A number of ranks that can read the inputs: one if there are many workers, several after rows are
 * dealt.
 */
function drawRanks(kind: Kind, from: readonly DrawnStage[], areMany: boolean, draw: Draw): number {
  const possible = [1, 2, 3].filter((ranks) =>
    ranks === 1 ||
    from.every((input) =>
      input.kind === "deal"
        ? ranks >= Number(input.options.to)
        : input.ranks === 1 || input.ranks === ranks
    )
  );
  const several = possible.filter((ranks) => ranks > 1);
  const isDealt = from.some((input) => input.kind === "deal" && Number(input.options.to) > 1);
  if (several.length > 0 && (kind === "shift" || isDealt && draw(4) > 0)) {
    return drawOf(several, draw);
  }
  return areMany || draw(2) === 0 ? 1 : drawOf(possible, draw);
}

/** Rows that every rank of the collecting stages receives: in order along each path. */
function expectedRows(stages: readonly DrawnStage[]): RandomPipeline["expected"] {
  const outputs = new Map<DrawnStage, readonly Collected[]>();
  const expected: Record<string, readonly Collected[]> = {};
  for (const stage of stages) {
    const received = Array.from(
      { length: stage.ranks },
      (_, rank) =>
        together(
          stage.from.map((producer) =>
            delivered(producer, outputs.get(producer)!, stage.ranks, rank)
          ),
        ),
    );
    if (stage.kind === "collect") expected[stage.name] = received;
    else outputs.set(stage, received.map((_, rank) => yielded(stage, rank, received)));
  }
  return expected;
}

/** Rows that rank `rank` of `ranks` receives from all ranks of a producer. */
function delivered(
  { kind, options }: DrawnStage,
  outputs: readonly Collected[],
  ranks: number,
  rank: number,
): Collected {
  if (ranks === 1) return together(outputs);
  if (kind === "deal") {
    return mapRows(
      together(outputs),
      (rows) => rows.filter((n) => n % Number(options.to) === rank),
    );
  }
  return outputs.length === 1 ? outputs[0] : outputs[rank];
}

/** Rows that a rank yields if the ranks of its stage receive these. */
function yielded(
  { name, kind, ranks, options }: DrawnStage,
  rank: number,
  received: readonly Collected[],
): Collected {
  const change = (change: (n: number) => number) =>
    mapRows(received[rank], (rows) => rows.map(change), `>${name}.${rank}`);
  if (kind === "source") {
    const count = Array.from({ length: Number(options.rows) }, (_, i) => 1000 * rank + i);
    return mapRows({ [`${name}.${rank}`]: count }, (rows) => rows);
  }
  if (kind === "change") return change((n) => (3 * n + rank) % 9973);
  if (kind === "join") return change((n) => (n + 5) % 9973);
  if (kind === "deal") return change((n) => n);
  const sender = (rank + ranks - 1) % ranks;
  return mapRows(
    received[sender],
    (rows) => rows.map((n) => (n + 1) % 9973),
    `>${name}.${sender}>${name}.${rank}`,
  );
}

/** The union of rows with distinct paths. */
function together(all: readonly Collected[]): Collected {
  return Object.assign({}, ...all);
}

/** Paths without rows are left out. */
function mapRows(
  collected: Collected,
  map: (rows: readonly number[]) => readonly number[],
  then = "",
): Collected {
  return Object.fromEntries(
    Object.entries(collected).map(([path, rows]) => [path + then, map(rows)] as const).filter((
      [, rows],
    ) => rows.length > 0),
  );
}

function workersOf(stages: readonly DrawnStage[]): number {
  return stages.reduce((sum, { ranks }) => sum + ranks, 0);
}

function drawOf<T>(items: readonly T[], draw: Draw): T {
  return items[draw(items.length)];
}
