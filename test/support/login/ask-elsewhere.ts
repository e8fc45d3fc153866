// The same question on a terminal, and in something that looks like a pod.

import { stringAt } from "../../../src/model/object.ts";
import { Listener } from "../binary.ts";
import { ask } from "../fleet/fleet-api.ts";
import { askProgram, kubectlCommand, type Login, layOut, ourCommand, readWho } from "./ask-both.ts";
import type { LoginWorld } from "./login-world.ts";
import type { Who } from "./who.ts";

/** First kubectl, then us; `keys` are pressed when `question` is on the screen. */
export async function askOnTerminal(
  world: LoginWorld,
  login: Login,
  question: string,
  keys: string,
): Promise<readonly Who[]> {
  const answers: Who[] = [];
  for (const command of [await kubectlCommand(), ourCommand()]) {
    const { folder, env } = await layOut(world, login);
    const heard = new Listener();
    const child = Bun.spawn([...command], {
      cwd: folder,
      env: { ...env, TERM: "xterm" },
      terminal: {
        cols: 4_000,
        rows: 24,
        data: (_, bytes) => heard.add(new TextDecoder().decode(bytes)),
        exit: () => heard.end(),
      },
    });
    await heard.said(question);
    child.terminal?.write(keys);
    const code = await child.exited;
    await heard.said("}");
    child.terminal?.close();
    answers.push(readWho(code, heard.text, ""));
  }
  return answers;
}

const MOUNT = "/run/secrets/kubernetes.io/serviceaccount";

/** A file system of its own, in which a service account is mounted where Kubernetes mounts it. */
const AS_A_POD = `
set -e
mount -t tmpfs none /run
mkdir -p ${MOUNT}
[ -e /var/run/secrets ] || mount --bind /run /var/run
cp "$POD_FILES/token" "$POD_FILES/ca.crt" ${MOUNT}/
exec "$@"
`;

/** First kubectl, then us. */
export async function askInPod(world: LoginWorld, login: Login): Promise<readonly Who[]> {
  const path = "/api/v1/namespaces/default/serviceaccounts/default/token";
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const token = stringAt(await ask(world.cluster.api, "POST", path, request), "status", "token");
  const files = { ...login.files, "pod/token": token ?? "", "pod/ca.crt": world.ca };
  const answers: Who[] = [];
  for (const command of [await kubectlCommand(), ourCommand()]) {
    const { folder, env } = await layOut(world, { ...login, files });
    const pod = {
      POD_FILES: `${folder}/pod`,
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: world.port,
    };
    const inPod = ["unshare", "--map-root-user", "--mount", "sh", "-c", AS_A_POD, "sh", ...command];
    answers.push(await askProgram(inPod, { folder, env: { ...env, ...pod } }));
  }
  return answers;
}
