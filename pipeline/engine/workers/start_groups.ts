/**
 * Which workers of a run start at once, and which have nothing to do for long.
 *
 * @module
 */

import type { ValidPipeline, ValidStage } from "../definition/validate.ts";

/**
 * Stages that start together, by the name of the stage for whose progress they wait; undefined for
 * none.
 */
export type StartGroups = ReadonlyMap<string | undefined, ReadonlySet<ValidStage>>;

/**
 * Groups the stages by when they start.
 *
 * Where the first input of a stage comes at the end of long work, the stage would only take
 * processor time from the start of that work, and so would the stages that feed nobody else. With a
 * stage start those that it reads, which may be in several groups: nobody waits for a batch of a
 * stage that is not there. Who waits for it to take batches has it started.
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
