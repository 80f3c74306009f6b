/** The presets by name. @module */

import { DARCY } from "./darcy.ts";
import type { Preset } from "./preset.ts";

/** Every preset that ships with the project. */
export const PRESETS: Readonly<Record<string, Preset>> = { [DARCY.name]: DARCY };
