// What the target gets when it lacks providers: copies out of the source, the operator's own manifests, or nothing.
import { usageError } from "../model/error.ts";
import { readChoice } from "./flag-values.ts";

/** As typed. */
export interface RawProviderFlags {
  readonly providers?: string | undefined;
  readonly components?: readonly string[] | undefined;
}

export interface ProviderFlags {
  readonly providers: "copy" | "skip";
  /** Files, `-` for stdin; read by cli/component-files.ts. */
  readonly components: readonly string[];
}

/** @throws PivotError USAGE, also for flags that contradict each other. */
export function readProviderFlags(raw: RawProviderFlags): ProviderFlags {
  const providers = readChoice("--providers", raw.providers, ["copy", "skip"]);
  const components = raw.components ?? [];
  if (components.includes("")) throw usageError("--components is empty", "--components FILE");
  if (providers === "skip" && components.length > 0) {
    throw usageError(
      "--providers=skip and --components contradict each other",
      "--components installs providers in the target: give one or the other",
    );
  }
  return { providers, components };
}

/** Stdin cannot be read for manifests and for an answer. */
export function requireStdinForAnswer({ components }: Pick<ProviderFlags, "components">): void {
  if (!components.includes("-")) return;
  throw usageError(
    "--components - takes stdin, so nobody can be asked whether to continue",
    "add --yes, or give the manifests as a file",
  );
}
