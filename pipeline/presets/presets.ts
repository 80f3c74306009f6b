/** The presets by name. @module */

import { didYouMean, UserError } from "../../errors.ts";
import { AIRFRANS } from "./airfrans.ts";
import { DARCY } from "./darcy.ts";
import type { Preset } from "./preset.ts";
import { STEP3D } from "./step3d.ts";

/** Every preset that ships with the project, by name. */
export const presets = { darcy: DARCY, airfrans: AIRFRANS, step3d: STEP3D } as const;

/** The same for names that come from users. */
export const PRESETS: Readonly<Record<string, Preset>> = presets;

/**
 * The preset with a name and a fidelity.
 *
 * @param fidelity For a preset with data of several @default that of the preset itself
 * @throws {UserError} If there is no such preset, or it has no such fidelity.
 */
export function choosePreset(name: string, fidelity?: string): Preset {
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (preset === undefined) {
    throw new UserError(
      `Cannot run preset "${name}": no preset of that name, ` +
        `${didYouMean(name, Object.keys(PRESETS))}`,
    );
  }
  if (fidelity === undefined) return preset;
  const { fidelities = {} } = preset;
  if (Object.hasOwn(fidelities, fidelity)) return fidelities[fidelity];
  const names = Object.keys(fidelities);
  const rule = names.length === 0
    ? "it has only one fidelity; omit --fidelity"
    : `fidelity must be ${names.join(" or ")}, received "${fidelity}"`;
  throw new UserError(`Cannot run preset "${name}" at fidelity "${fidelity}": ${rule}`);
}
