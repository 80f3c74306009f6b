/**
 * The option `--splits` of the commands that write a data set.
 *
 * @module
 */

import { Option } from "commander";
import { UserError } from "../../errors.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";

/**
 * Declares `--splits train/validation/test`, three relative shares.
 *
 * @param otherwise Text of the default for the help
 */
export function splitsOption(otherwise: string): Option {
  return new Option(
    "--splits <train/validation/test>",
    `relative shares of the samples, such as 120/8/32 (default: ${otherwise})`,
  ).argParser(parseShares);
}

function parseShares(text: string): SplitShares {
  const shares = text.split("/").map((part) => part.trim() === "" ? NaN : Number(part));
  if (
    shares.length !== 3 || shares.some((share) => !(share >= 0 && share < Infinity)) ||
    !shares.some(Boolean)
  ) {
    throw new UserError(
      "Cannot read --splits: it must be three shares >= 0, one of them > 0, such as " +
        `120/8/32, received "${text}"`,
    );
  }
  const [train, validation, test] = shares;
  return { train, validation, test };
}
