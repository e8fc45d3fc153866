// The file system of a container: an empty folder with the program, the mounted Secrets and what a pod is given of its
// ServiceAccount. A program in it finds its API server as in any pod; no argument of its manifest needs to be changed.
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fieldAt, stringAt } from "../../../src/model/object.ts";
import type { Followed } from "./follow.ts";
import type { Container, EnvironmentVariable, Pod } from "./pod.ts";
import type { StandIn } from "./stand-in.ts";

const ACCOUNT_FOLDER = "var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_SECONDS = 86_400;
const PROGRAM = "/manager";

// Mount and host name are seen by this process alone, and end with it.
const RUN = `
mount --bind "$1" "$2$3" || exit 125
echo "$4" >/proc/sys/kernel/hostname
shift 4
exec env -i "$@"
`;

export interface PodRoot {
  readonly folder: string;
  readonly program: string;
}

/** What a process needs to know beside its manifest. */
export interface PodFacts {
  readonly address: string;
  readonly hostAddress: string;
  readonly apiServer: { readonly address: string; readonly port: number };
}

/** Makes the folders; the files follow in `writeSecrets` and `writeAccount`. */
export async function makeRoot(root: PodRoot): Promise<void> {
  await mkdir(join(root.folder, ACCOUNT_FOLDER), { recursive: true });
  await mkdir(join(root.folder, "tmp"), { recursive: true });
  await writeFile(join(root.folder, PROGRAM), "");
}

/** Writes what the mounted Secrets hold now; the name of one that is missing. */
export async function writeSecrets(
  root: PodRoot,
  pod: Pod,
  container: Container,
  secrets: Followed,
): Promise<string | undefined> {
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const secretName = pod.spec.volumes?.find((each) => each.name === name)?.secret?.secretName;
    if (secretName === undefined) continue;
    const secret = secrets.get(pod.metadata.namespace, secretName);
    if (secret === undefined) return secretName;
    const data = (secret["data"] ?? {}) as Readonly<Record<string, string>>;
    await mkdir(join(root.folder, mountPath), { recursive: true });
    for (const [key, value] of Object.entries(data)) {
      await replaceFile(join(root.folder, mountPath, key), Buffer.from(value, "base64"));
    }
  }
  return undefined;
}

/** A token of the pod's ServiceAccount, bound to the pod; a text that says why there is none. */
export async function writeAccount(
  root: PodRoot,
  pod: Pod,
  ca: string,
  standIn: StandIn,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { namespace = "", name, uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? "default";
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const answer = await standIn.send(signal, "POST", path, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {
      expirationSeconds: TOKEN_SECONDS,
      boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
    },
  });
  const token = answer.status < 300 ? stringAt(JSON.parse(answer.text), "status", "token") : "";
  if (token === undefined || token === "") return `${path}: ${answer.status} ${answer.text}`;
  const files = { token, namespace, "ca.crt": ca };
  for (const [file, content] of Object.entries(files)) {
    await replaceFile(join(root.folder, ACCOUNT_FOLDER, file), content);
  }
  return undefined;
}

/** The command line that runs a container's program in its root. */
export function commandOf(
  root: PodRoot,
  pod: Pod,
  container: Container,
  facts: PodFacts,
): readonly string[] {
  const [program = PROGRAM, ...rest] = container.command ?? [PROGRAM];
  return [
    ...["unshare", "--mount", "--uts", "--", "sh", "-c", RUN, "pod"],
    ...[root.program, root.folder, PROGRAM, pod.metadata.name],
    ...environmentOf(pod, container, facts),
    ...[Bun.which("chroot") ?? "chroot", root.folder, program, ...rest, ...(container.args ?? [])],
  ];
}

function environmentOf(pod: Pod, container: Container, facts: PodFacts): readonly string[] {
  const { address, port } = facts.apiServer;
  return [
    `KUBERNETES_SERVICE_HOST=${address}`,
    `KUBERNETES_SERVICE_PORT=${port}`,
    `HOSTNAME=${pod.metadata.name}`,
    ...(container.env ?? []).map((each) => `${each.name}=${environmentValue(each, pod, facts)}`),
  ];
}

function environmentValue(variable: EnvironmentVariable, pod: Pod, facts: PodFacts): string {
  const path = variable.valueFrom?.fieldRef?.fieldPath;
  if (path === undefined) return variable.value ?? "";
  if (path === "status.podIP") return facts.address;
  if (path === "status.hostIP") return facts.hostAddress;
  const value = fieldAt(pod, ...path.split("."));
  return typeof value === "string" ? value : "";
}

/** At once for whoever reads it: a program may reload a certificate at any moment. */
async function replaceFile(path: string, content: string | Buffer): Promise<void> {
  await writeFile(`${path}.unfinished`, content, { mode: 0o600 });
  await rename(`${path}.unfinished`, path);
}
