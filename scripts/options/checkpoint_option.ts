/**
 * The option `--checkpoint-every` of the commands that train.
 *
 * @module
 */

import { Option } from "commander";
import { UserError } from "../../errors.ts";
import type { CheckpointInterval } from "../../pipeline/training/checkpoints.ts";

/** Declares `--checkpoint-every`, such as `60s` or `100steps`. */
export function checkpointOption(): Option {
  return new Option(
    "--checkpoint-every <interval>",
    "interval of checkpoints, such as 60s or 100steps (default: 60s)",
  )
    .argParser(parseInterval);
}

function parseInterval(text: string): CheckpointInterval {
  const [, number, unit] = text.match(/^(\d+(?:\.\d+)?)(s|steps?)$/) ?? [];
  const value = Number(number);
  const isValid = unit === "s" ? value > 0 : Number.isInteger(value) && value > 0;
  if (isValid) return unit === "s" ? { seconds: value } : { steps: value };
  throw new UserError(
    "Cannot read --checkpoint-every: it must be seconds or steps, such as 60s or " +
      `100steps, received "${text}"`,
  );
}
