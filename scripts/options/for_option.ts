/**
 * The option `--for` of the commands that train.
 *
 * @module
 */

import { Option } from "commander";
import { UserError } from "../../errors.ts";

const UNIT_SECONDS = { s: 1, m: 60, h: 3600 } as const;

/** Longest delay of a timer. */
const MAX_SECONDS = 2_000_000;

/** A time after which a run stops, as given and in seconds. */
export interface RunTime {
  readonly text: string;
  readonly seconds: number;
}

/** Declares `--for`, the time after which a run writes a checkpoint and stops. */
export function forOption(): Option {
  return new Option(
    "--for <time>",
    "stop after a time such as 50m, 90s or 2h, with a checkpoint and exit code 75, to resume " +
      "later; to fit the epochs to a time instead, use --minutes",
  ).argParser(parseTime);
}

function parseTime(text: string): RunTime {
  const [, number, unit] = text.match(/^(\d+(?:\.\d+)?)(s|m|h)$/) ?? [];
  const seconds = Number(number) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
  if (seconds > 0 && seconds <= MAX_SECONDS) return { text, seconds };
  throw new UserError(
    `Cannot read --for: it must be a time > 0 and at most ${MAX_SECONDS} s, such as 50m, 90s or ` +
      `2h, received "${text}"`,
  );
}
