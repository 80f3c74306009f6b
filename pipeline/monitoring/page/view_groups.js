/** Runs that differ in their seeds only, and options that differ. */

/** Names of options that seeds change. */
const SEED = /(^|\.)(seed|initFrom)$/;

/** Parts of names and paths that tell the seeds of jobs. */
const SEED_PART = /[-_]?seed[-_]?\d+/g;

/** Runs that differ in their seeds only, with the spread of their errors. */
export function seedGroups(runs) {
  const groups = Map.groupBy(runs, ({ pipeline, ranks, path, options }) => {
    const others = Object.entries(options).filter(([name]) => !SEED.test(name)).sort();
    const place = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    return JSON.stringify([pipeline, ranks, place, others]);
  });
  return [...groups.values()].map((members) => ({
    name: commonName(members),
    members,
    validation: spreadOf(members.map(({ best }) => best?.relativeL2)),
    test: spreadOf(members.map(({ testL2 }) => testL2)),
  }));
}

/** Names of the options in which runs differ, without those of seeds. */
export function difference(runs) {
  const names = new Set(runs.flatMap(({ options }) => Object.keys(options)));
  return [...names].filter((name) => {
    if (SEED.test(name)) return false;
    return new Set(runs.map(({ options }) => JSON.stringify(options[name]))).size > 1;
  });
}

function commonName(members) {
  const names = new Set(
    members.map(({ path }) => path.split("/").at(-1).replaceAll(SEED_PART, "")),
  );
  return names.size === 1 ? [...names][0] : members.map(({ path }) => path).join(", ");
}

/** Mean and standard deviation (n - 1) of the known values; undefined if there are none. */
export function spreadOf(values) {
  const known = values.filter((value) => typeof value === "number");
  if (known.length === 0) return undefined;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (known.length === 1) return { mean, deviation: undefined };
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (known.length - 1)) };
}
