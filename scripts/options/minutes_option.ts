/**
 * The option `--minutes` of the commands that train.
 *
 * @module
 */

import { Option } from "commander";
import { UserError } from "../../errors.ts";

/** Longest time that can be planned: a week. */
const MAX_MINUTES = 10_080;

/**
 * Declares `--minutes`, the time that a complete run should take.
 *
 * @param otherwise Text of the default for the help
 */
export function minutesOption(otherwise: string): Option {
  return new Option(
    "--minutes <n>",
    `time of the complete run on this machine, to which the epochs are fitted (default: ` +
      `${otherwise})`,
  ).argParser((text) => {
    const minutes = text.trim() === "" ? NaN : Number(text);
    if (minutes > 0 && minutes <= MAX_MINUTES) return minutes;
    throw new UserError(
      `Cannot read --minutes: it must be a number > 0 and at most ${MAX_MINUTES}, such as 2 or ` +
        `0.5, received "${text}"`,
    );
  });
}
