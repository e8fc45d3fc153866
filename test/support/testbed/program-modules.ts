// What the testbed's programs are built from: Go modules in test/testbed, and how each program is compiled. Reads
// go.mod for versions, so that a version is written in one place only.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A Go module of test/testbed whose dependencies hold programs. */
export interface ProgramModule {
  readonly folder: string;
  /** Of the dependency that gives the programs their version. */
  readonly version: string;
  readonly programs: readonly Program[];
  /** On two cores, with nothing in Go's caches. */
  readonly buildTime: string;
}

export interface Program {
  readonly name: string;
  /** Import path of its main package. */
  readonly path: string;
  readonly linkerFlags: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const MODULES = join(import.meta.dir, "..", "..", "testbed");
/** Import path. */
export const CERT_MANAGER = "github.com/cert-manager/cert-manager";
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64" };

/** kube-apiserver, kube-controller-manager, etcd and kubectl. */
export function kubernetesModule(): ProgramModule {
  const folder = join(MODULES, "kubernetes");
  const version = requiredVersion(folder, "k8s.io/kubernetes");
  const [major = "", minor = ""] = version.slice(1).split(".");
  const component = "-X k8s.io/component-base/version";
  // An API server without a version calls itself v0.0.0, and clusterctl refuses it.
  const flags = `-s -w ${component}.gitVersion=${version} ${component}.gitMajor=${major} ${component}.gitMinor=${minor}`;
  const command = (name: string): Program => ({
    name,
    path: `k8s.io/kubernetes/cmd/${name}`,
    linkerFlags: flags,
  });
  return {
    folder,
    version,
    buildTime: "6 to 10 minutes",
    programs: [
      command("kube-apiserver"),
      command("kube-controller-manager"),
      { name: "etcd", path: "go.etcd.io/etcd/server/v3", linkerFlags: "-s -w" },
      command("kubectl"),
    ],
  };
}

/** clusterctl; the module also holds the CRDs. */
export function clusterApiModule(): ProgramModule {
  const folder = join(MODULES, "cluster-api");
  const version = requiredVersion(folder, "sigs.k8s.io/cluster-api");
  const linkerFlags = `-s -w -X sigs.k8s.io/cluster-api/version.gitVersion=${version}`;
  const path = "sigs.k8s.io/cluster-api/cmd/clusterctl";
  const programs = [{ name: "clusterctl", path, linkerFlags }];
  return { folder, version, programs, buildTime: "2 to 5 minutes" };
}

/** The managers of the providers, from the same module: a set of its own, since most tests need none of them. */
export function managersModule(): ProgramModule {
  const { folder, version } = clusterApiModule();
  const linkerFlags = `-s -w -X sigs.k8s.io/cluster-api/version.gitVersion=${version}`;
  const manager = (name: string, path: string): Program => ({
    name,
    path: `sigs.k8s.io/cluster-api/${path}`,
    linkerFlags,
  });
  return {
    folder,
    version,
    buildTime: "2 to 5 minutes",
    programs: [
      manager("core-manager", "core"),
      manager("kubeadm-bootstrap-manager", "bootstrap/kubeadm"),
      manager("kubeadm-control-plane-manager", "controlplane/kubeadm"),
      manager("docker-manager", "test/infrastructure/docker"),
    ],
  };
}

/** The linter of the workflows of GitHub Actions. */
export function actionlintModule(): ProgramModule {
  const folder = join(MODULES, "actionlint");
  const path = "github.com/rhysd/actionlint";
  const version = requiredVersion(folder, path);
  const name = "actionlint";
  const programs = [{ name, path: `${path}/cmd/actionlint`, linkerFlags: "-s -w" }];
  return { folder, version, programs, buildTime: "half a minute" };
}

/** cert-manager's CRDs; its programs are modules of their own, without releases. */
export function certManagerModule(): ProgramModule {
  const folder = join(MODULES, "cert-manager");
  const version = requiredVersion(folder, CERT_MANAGER);
  return { folder, version, buildTime: "seconds", programs: [] };
}

/** Arguments of `go` that compile a program. */
export function buildArguments(program: Program, output: string): readonly string[] {
  return [
    ...["build", "-trimpath", "-buildvcs=false", "-mod=readonly"],
    ...["-ldflags", program.linkerFlags, "-o", output, program.path],
  ];
}

/** Where what belongs to a module is kept between runs: outside the tree, one folder per content of go.mod and flags. */
export function cacheFolder(module: ProgramModule, env: Environment = process.env): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(module.folder, file)));
  for (const program of module.programs) hash.update(buildArguments(program, "-").join(" "));
  const name = module.folder.slice(MODULES.length + 1);
  const system = `${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`;
  const key = `${name}-${module.version}-${system}-${hash.digest("hex").slice(0, 12)}`;
  return join(cacheRoot(env), "testbed", key);
}

/** Below it is what tests and releases build or download once. */
export function cacheRoot(env: Environment): string {
  const own = env["CAPI_PIVOT_CACHE"];
  if (own !== undefined && own !== "") return own;
  const shared = env["XDG_CACHE_HOME"];
  const base = shared !== undefined && shared !== "" ? shared : join(homedir(), ".cache");
  return join(base, "kubectl-capi-pivot");
}

function requiredVersion(folder: string, dependency: string): string {
  const text = readFileSync(join(folder, "go.mod"), "utf8");
  const line = text.split("\n").find((each) => each.trim().startsWith(`${dependency} v`));
  const version = line?.trim().split(" ")[1];
  if (version === undefined) throw new Error(`${folder}/go.mod does not require ${dependency}`);
  return version;
}
