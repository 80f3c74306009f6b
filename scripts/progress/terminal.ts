/**
 * Whether the error stream can show progress bars.
 *
 * @module
 */

/** Whether the error stream is a terminal that moves its cursor, which `TERM=dumb` does not. */
export function canDrawBars(): boolean {
  return Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb";
}
