// The platforms that a release has a program for, and what their files are called.

export interface Target {
  /** In the names of files; os and arch are Go's words, as krew and kubectl use them. */
  readonly name: string;
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "amd64" | "arm64";
  readonly isMusl: boolean;
  /** `--target` of `bun build`. */
  readonly bunTarget: string;
  /** The npm package whose Bun becomes part of the program. */
  readonly runtime: string;
}

/** What krew, kubectl and the tests find the program by: kubectl wants the underscore. */
export const PROGRAM = "kubectl-capi_pivot";
/** The project's name, in the names of files. */
export const PROJECT = "kubectl-capi-pivot";

/** Bun's words: in its targets, and in the names of its packages. */
const ARCHITECTURES = { amd64: ["x64", "x64"], arm64: ["arm64", "aarch64"] } as const;

function target(os: Target["os"], arch: Target["arch"], isMusl = false): Target {
  const [bunArch, packageArch] = ARCHITECTURES[arch];
  const musl = isMusl ? "-musl" : "";
  return {
    name: `${os}_${arch}${isMusl ? "_musl" : ""}`,
    os,
    arch,
    isMusl,
    bunTarget: `bun-${os}-${bunArch}${musl}`,
    runtime: `@oven/bun-${os}-${packageArch}${musl}`,
  };
}

export const TARGETS: readonly Target[] = [
  target("darwin", "amd64"),
  target("darwin", "arm64"),
  target("linux", "amd64"),
  target("linux", "arm64"),
  target("linux", "amd64", true),
  target("linux", "arm64", true),
  target("windows", "amd64"),
  target("windows", "arm64"),
];

/** The program's name inside an archive. */
export function programName({ os }: Target): string {
  return os === "windows" ? `${PROGRAM}.exe` : PROGRAM;
}

/** What Windows opens by itself is a zip; a tar keeps modes everywhere else. */
export function archiveName(target: Target, version: string): string {
  const suffix = target.os === "windows" ? "zip" : "tar.gz";
  return `${PROJECT}_v${version}_${target.name}.${suffix}`;
}
