/**
 * Peak memory of the process.
 *
 * @module
 */

/** The most bytes that the process has had in memory (VmHWM); what it has now where the system does not tell. */
export function peakBytes(): number {
  try {
    const [, kibibytes] = Deno.readTextFileSync("/proc/self/status").match(/^VmHWM:\s*(\d+) kB$/m)!;
    return 1024 * Number(kibibytes);
  } catch {
    return Deno.memoryUsage().rss;
  }
}
