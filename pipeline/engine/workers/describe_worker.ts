/// <reference lib="deno.worker" />
/**
 * Entry point of the worker that imports a custom stage to describe it, without running it.
 *
 * @module
 */

import { checkOptions } from "../definition/check_options.ts";
import { isCloneable } from "../definition/check_shape.ts";
import type { DescribedOptions, DescribeMessage, StageDescription } from "./describe_stage.ts";
import { loadStage } from "../definition/load_stage.ts";
import { packError } from "./plain_error.ts";
import type { Stage } from "../definition/stage.ts";

const close = self.close.bind(self);

self.onmessage = async ({ data }: MessageEvent<DescribeMessage>) => {
  reportEnd(data.url);
  self.postMessage(await describe(data));
  close();
};

/** Reports a module that ends its worker on import, which no event of the worker would show. */
function reportEnd(url: string): void {
  const end = (way: string) => () => {
    self.postMessage(`importing ${url} must not end its worker, it called ${way}()`);
    close();
    throw new Error(`${way}() ends the import`);
  };
  self.close = end("self.close");
  Deno.exit = end("Deno.exit");
}

/** The description of a stage, or the reason why its module cannot be imported. */
async function describe({ url, options }: DescribeMessage): Promise<StageDescription | string> {
  try {
    const stage = await loadStage(new URL(url));
    const { options: _options, run: _run, repeats, ...declared } = stage;
    const plainRepeats = repeats && { reads: repeats.reads, keeps: repeats.keeps };
    // Other properties of a stage may not be plain data.
    const plain = JSON.parse(JSON.stringify({ ...declared, repeats: plainRepeats }));
    return {
      ...plain,
      options: await Promise.all(
        options.map(({ values, path }) => describeOptions(stage, values, path)),
      ),
    };
  } catch (error) {
    return packError(error).message;
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
