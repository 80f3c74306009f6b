/** Whether Debian's OpenFOAM is missing: tests that solve are then skipped, by name. */
export const withoutOpenFoam = await Deno.stat("/usr/bin/simpleFoam").then(() => false, () => true);
