// The same kubeconfig through the real kubectl and through this program: whom the API server saw, and through which proxy.
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ConnectionOverrides } from "../../../src/kube/overrides.ts";
import { findPrograms } from "../testbed/programs.ts";
import { kubectlFlags } from "./kubectl-flags.ts";
import { type LoginWorld, newFolder, type ProxyName } from "./login-world.ts";
import { type UserInfo, type Who, whoWeAre } from "./who.ts";

/** What a row of the table puts on the disk and into the environment; `$DIR` in either is the row's own folder. */
export interface Login {
  /** By path below the folder; objects are written as JSON. Scripts begin with `#!`. */
  readonly files: Readonly<Record<string, string | object>>;
  /** Default: `KUBECONFIG=$DIR/config`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Connection flags; not for rows that are asked apart. */
  readonly flags?: ConnectionOverrides;
}

/** A login on the disk. */
export interface Place {
  readonly folder: string;
  readonly env: Env;
  readonly flags: ConnectionOverrides;
}

/** What came of it on one side. */
export interface Outcome {
  readonly who: Who;
  /** Tunnels that were asked of each proxy. */
  readonly via: readonly ProxyName[];
}

/** Both sides, one after the other. */
export interface Both {
  readonly kubectl: Outcome;
  readonly ours: Outcome;
  readonly folder: string;
}

type Env = Readonly<Record<string, string>>;
type Ask = (place: Place) => Promise<Who>;

export async function askBoth(
  world: LoginWorld,
  login: () => Login,
  ask: Ask = askUs,
): Promise<Both> {
  const kubectl = await askOne(world, login(), askKubectl);
  // A login of its own: what the other side has used up or written to the disk must neither help nor hurt.
  const ours = await askOne(world, login(), ask);
  return { kubectl: kubectl.outcome, ours: ours.outcome, folder: ours.folder };
}

/** A new folder with the files of a login, and its environment. */
export async function layOut(
  world: LoginWorld,
  { files, env = { KUBECONFIG: "$DIR/config" }, flags = {} }: Login,
): Promise<Place> {
  const folder = newFolder(world);
  const filled = (text: string): string => text.replaceAll("$DIR", folder);
  await mkdir(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    const text = typeof content === "string" ? content : JSON.stringify(content, null, 1);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, filled(text), { mode: 0o600 });
    if (text.startsWith("#!")) await chmod(path, 0o700);
  }
  const given = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, filled(text)]));
  const home = {
    HOME: join(folder, "home"),
    // Bun would look for what it has compiled below the home, and compile anew.
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: join(world.folder.path, "compiled"),
  };
  return {
    folder,
    env: { PATH: process.env["PATH"] ?? "", ...home, ...given },
    flags: JSON.parse(filled(JSON.stringify(flags))) as ConnectionOverrides,
  };
}

async function askOne(
  world: LoginWorld,
  login: Login,
  ask: Ask,
): Promise<{ readonly outcome: Outcome; readonly folder: string }> {
  const proxies = Object.entries(world.proxies) as [ProxyName, LoginWorld["proxies"]["http"]][];
  const before = proxies.map(([, { asked }]) => asked.length);
  const place = await layOut(world, login);
  const who = await ask(place);
  const via = proxies.filter(([, { asked }], index) => asked.length > (before[index] ?? 0));
  return { outcome: { who, via: via.map(([name]) => name) }, folder: place.folder };
}

/** In this process. */
export function askUs({ env, flags }: Place): Promise<Who> {
  return whoWeAre(env, { isTerminal: false, overrides: flags });
}

/** In a process of its own, where the working directory and the rest of the machine can be another. */
export function askUsApart(place: Place): Promise<Who> {
  return askProgram(ourCommand(), place);
}

export function ourCommand(): readonly string[] {
  return [process.execPath, join(import.meta.dir, "who.ts")];
}

export async function kubectlCommand(): Promise<readonly string[]> {
  const { kubectl } = await findPrograms();
  return [kubectl, "auth", "whoami", "-o", "json"];
}

export async function askKubectl(place: Place): Promise<Who> {
  return askProgram([...(await kubectlCommand()), ...kubectlFlags(place.flags)], place);
}

/** Whom a program says it is. */
export async function askProgram(
  command: readonly string[],
  { folder, env }: Pick<Place, "folder" | "env">,
): Promise<Who> {
  const child = Bun.spawn([...command], {
    cwd: folder,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return readWho(await child.exited, stdout, stderr);
}

/** `stdout` may have other words before the answer: on a terminal a plugin writes there too. */
export function readWho(code: number, stdout: string, stderr: string): Who {
  if (code !== 0) return { error: `exit code ${code}`, text: stderr + stdout };
  const answer = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
    readonly status: { readonly userInfo: UserInfo };
  };
  return { user: answer.status.userInfo };
}
