// What this binary is. `bun build --define` replaces the BUILD_ names; a run from source has the package's version.
import { version as packageVersion } from "../../package.json";

declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | undefined;
declare const BUILD_DATE: string | undefined;

export interface BuildInfo {
  readonly version: string;
  readonly commit: string;
  /** Of the commit, in UTC. */
  readonly date: string;
  readonly runtime: string;
  readonly platform: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64" };
const SYSTEMS: Readonly<Record<string, string>> = { win32: "windows" };

export function buildInfo(): BuildInfo {
  const system = SYSTEMS[process.platform] ?? process.platform;
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  return {
    version: typeof BUILD_VERSION === "string" ? BUILD_VERSION : packageVersion,
    commit: typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : "unknown",
    date: typeof BUILD_DATE === "string" ? BUILD_DATE : "unknown",
    runtime: `bun ${Bun.version}`,
    platform: `${system}/${architecture}`,
  };
}
