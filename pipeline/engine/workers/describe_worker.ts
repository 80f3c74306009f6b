/// <reference lib="deno.worker" />
/**
 * Entry of the worker that imports a stage of the user's own to say what it is, and does not run
 * it.
 *
 * @module
 */

import { messageOf } from "../../../errors.ts";
import { checkOptions } from "../definition/check_options.ts";
import { isCloneable } from "../definition/check_shape.ts";
import type { DescribedOptions, DescribeMessage, StageDescription } from "./describe_stage.ts";
import { loadStage } from "../definition/load_stage.ts";
import type { Stage } from "../definition/stage.ts";

self.onmessage = async ({ data }: MessageEvent<DescribeMessage>) => {
  self.postMessage(await describe(data));
  self.close();
};

/** What there is to say of a stage, or why there is nothing. */
async function describe({ url, options }: DescribeMessage): Promise<StageDescription | string> {
  try {
    const stage = await loadStage(new URL(url));
    const { options: _options, run: _run, repeats, ...declared } = stage;
    const { reads, keeps } = repeats ?? {};
    return {
      // Whatever else a stage has, what is said of it can go to another thread.
      ...JSON.parse(JSON.stringify({ ...declared, ...(repeats && { repeats: { reads, keeps } }) })),
      options: await Promise.all(
        options.map(({ values, path }) => describeOptions(stage, values, path)),
      ),
    };
  } catch (error) {
    return messageOf(error);
  }
}

async function describeOptions(
  stage: Stage,
  values: unknown,
  path: string,
): Promise<DescribedOptions> {
  const problems = await checkOptions(stage.options, values, path);
  if (problems.length > 0) return { problems };
  const resolved = await stage.options.parseAsync(values);
  const writes = stage.repeats?.writes?.(resolved).map(String);
  return { problems, resolved: isCloneable(resolved) ? resolved : values, writes };
}
