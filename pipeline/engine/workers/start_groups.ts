/**
 * Groups of stages that start together: immediately, or when another stage makes progress.
 *
 * @module
 */

import type { ValidPipeline, ValidStage } from "../definition/validate.ts";

/** Stages that start together, by the stage whose progress they await; undefined for none. */
export type StartGroups = ReadonlyMap<string | undefined, ReadonlySet<ValidStage>>;

/**
 * Groups the stages by when they start.
 *
 * If the first input of a stage comes at the end of long work, then starting the stage and those
 * that only feed it would slow the start of that work. A stage starts together with its producers,
 * which may be in several groups, so that it never waits for a stage that has not started. A
 * producer that waits for a stage to accept batches causes it to start.
 */
export function startGroups({ stages }: ValidPipeline): StartGroups {
  const awaited = (stage: ValidStage): string | undefined => {
    const first = stages.get(stage.from[0]);
    return first === undefined || first.stage.yieldsAtEnd ? first?.name : awaited(first);
  };
  const groups = new Map<string | undefined, Set<ValidStage>>();
  const add = (stage: ValidStage, group: Set<ValidStage>): void => {
    if (group.has(stage)) return;
    for (const name of stage.from) add(stages.get(name)!, group);
    group.add(stage);
  };
  const read = new Set([...stages.values()].flatMap(({ from }) => from));
  for (const stage of stages.values()) {
    if (read.has(stage.name) && !stage.stage.yieldsAtEnd) continue;
    const event = awaited(stage);
    if (!groups.has(event)) groups.set(event, new Set());
    add(stage, groups.get(event)!);
  }
  return groups;
}
