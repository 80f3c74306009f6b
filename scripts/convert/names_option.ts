/** Options whose value is a list of names. @module */

import { Option } from "commander";
import { UserError } from "../../errors.ts";

/**
 * Declares an option whose value is names separated by commas.
 *
 * @param flags As commander writes them: `--inputs <names>`
 */
export function namesOption(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => {
    const names = text.split(",").map((name) => name.trim());
    if (names.every((name) => name !== "") && new Set(names).size === names.length) return names;
    throw new UserError(
      `Cannot read ${option.long}: it must be distinct names such as U,p, received "${text}"`,
    );
  });
}
