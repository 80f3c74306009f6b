/**
 * Commands as shell text.
 *
 * @module
 */

/** Options by commander's names; an option with a list is repeated. */
export type FlagValues = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/**
 * The command that repeats a task: `deno task pipeline darcy --ranks 4`. Options that are false or
 * absent are left out.
 *
 * @param args The argument of the task, or several
 */
export function commandText(
  task: string,
  args: string | readonly string[],
  flags: FlagValues,
): string {
  const options = Object.entries(flags).flatMap(([flag, value]) => {
    if (value === undefined || value === false) return [];
    const option = `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [option];
    return (typeof value === "object" ? value : [String(value)]).map((text) =>
      `${option} ${shellWord(text)}`
    );
  });
  return [`deno task ${task}`, ...[args].flat().map(shellWord), ...options].join(" ");
}

/** A word, quoted for a shell if necessary. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
