/** The devices that a benchmark can ask for. */
export const DEVICES: readonly string[] = ["auto", "cpu", "webgpu"];
