/**
 * Pipelines written as files that can be edited and run.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { writeFileAtomically } from "../../io/atomic_write.ts";
import type { PipelineSpec } from "../../pipeline/engine/definition/spec.ts";
import { pipelineSource } from "../../pipeline/presets/pipeline_source.ts";
import { commandText } from "../command/command_text.ts";

/**
 * Writes a pipeline to a file, and prints the command that runs it.
 *
 * @param title First line of the file
 */
export async function eject(
  path: string,
  spec: PipelineSpec,
  title: string,
  { overwrite }: { readonly overwrite: boolean },
): Promise<void> {
  if (!path.endsWith(".ts")) {
    throw new UserError(
      `Cannot write the pipeline to "${path}": the name must end in .ts, received "${path}"`,
    );
  }
  const source = pipelineSource(spec, title);
  await writeFileAtomically(path, new TextEncoder().encode(source), { overwrite });
  console.log(`Run it with: ${commandText("pipeline", path, {})}`);
}
