/**
 * The built-in stages, loaded from their modules.
 *
 * @module
 */

import { didYouMean, UserError } from "../../errors.ts";
import { loadStage } from "../../pipeline/engine/definition/load_stage.ts";
import type { Stage } from "../../pipeline/engine/definition/stage.ts";
import { STAGE_NAMES, STAGES } from "../../pipeline/stages/registry.ts";

/** All built-in stages, sorted by name. */
export function builtInStages(): Promise<readonly Stage[]> {
  return Promise.all(STAGE_NAMES.map((name) => loadStage(STAGES[name])));
}

/** The built-in stage of a name. @throws {UserError} If there is none. */
export async function builtInStage(name: string): Promise<Stage> {
  const found = (await builtInStages()).find((stage) => stage.name === name);
  if (found !== undefined) return found;
  throw new UserError(
    `Cannot describe stage "${name}": no built-in stage of that name, ` +
      didYouMean(name, STAGE_NAMES),
  );
}
