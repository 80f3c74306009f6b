/**
 * How long ago something was.
 *
 * @module
 */

import { countOf } from "../../format.ts";

/** Units with their length in seconds, the longest first. */
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]] as const;

/** The age of a date in whole units: `3 minutes ago`. */
export function ageText(date: Date, now = new Date()): string {
  const seconds = Math.max(0, Math.round((now.getTime() - date.getTime()) / 1000));
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? UNITS[UNITS.length - 1];
  return `${countOf(Math.floor(seconds / length), unit)} ago`;
}
