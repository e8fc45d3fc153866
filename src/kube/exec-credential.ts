// Runs credential plugins (`users[].user.exec`) as client-go does: protocol, caching, and one run again after a 401.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
import { spawn } from "node:child_process";
import type { Clock } from "../model/client.ts";
import { PivotError } from "../model/error.ts";
import { asRecord, type Json, stringAt } from "../model/object.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import type { HttpHeaders } from "./http.ts";
import type { ExecConfig } from "./kubeconfig-entries.ts";
import { Semaphore } from "./semaphore.ts";
import { checkKeyPair, type KeyPairPem } from "./tls-material.ts";

export interface ExecContext {
  readonly exec: ExecConfig;
  /** For messages. */
  readonly user: string;
  /** Headers besides Authorization, e.g. impersonation. */
  readonly headers: HttpHeaders;
  /** `spec.cluster` of the request, when the plugin asks for it. */
  readonly clusterInfo: Json;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether stdin is a terminal that a plugin may ask questions on. */
  readonly isTerminal: boolean;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Called right before each run, e.g. to take a spinner off the terminal. */
  readonly beforeRun?: (() => void) | undefined;
}

interface Held {
  readonly credentials: Credentials;
  readonly expiresAt: number;
}

const API_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
const MODES = ["Never", "IfAvailable", "Always"];

/** There is one: plugins of both clusters that ask at the same time would take each other's answers. */
const TERMINAL = new Semaphore(1);

/** One run at a time; what it gave is kept until it expires or is refused. */
export class ExecCredentialSource implements CredentialSource {
  readonly #context: ExecContext;
  #held: Held | undefined;
  #running: Promise<Held> | undefined;

  constructor(context: ExecContext) {
    this.#context = context;
    checkConfig(context);
  }

  async current(): Promise<Credentials> {
    if (this.#held !== undefined && this.#context.clock.now() < this.#held.expiresAt) {
      return this.#held.credentials;
    }
    return (await this.#run()).credentials;
  }

  /** Many requests are refused at once; the first one's run serves all of them. */
  async refused(used: Credentials): Promise<boolean> {
    if (this.#running === undefined && this.#held?.credentials === used) this.#held = undefined;
    return (await this.current()) !== used;
  }

  #run(): Promise<Held> {
    this.#running ??= runPlugin(this.#context)
      .then((held) => {
        this.#held = held;
        return held;
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }
}

function checkConfig(context: ExecContext): void {
  const { apiVersion, command, interactiveMode } = context.exec;
  if (command === "") throw failed(context, "has no command");
  if (!API_VERSIONS.includes(apiVersion)) {
    throw failed(
      context,
      `has apiVersion "${apiVersion}", known are ${API_VERSIONS.join(" and ")}`,
    );
  }
  if (interactiveMode === undefined && apiVersion.endsWith("/v1beta1")) return;
  if (!MODES.includes(interactiveMode ?? "")) {
    throw failed(context, `needs an interactiveMode: ${MODES.join(", ")}`);
  }
}

async function runPlugin(context: ExecContext): Promise<Held> {
  const mode = context.exec.interactiveMode ?? "IfAvailable";
  if (mode === "Always" && !context.isTerminal) {
    throw failed(context, "wants to ask questions, but standard input is no terminal");
  }
  const isInteractive = mode !== "Never" && context.isTerminal;
  const run = (): Promise<string> => {
    context.beforeRun?.();
    return collectOutput(context, isInteractive);
  };
  return readAnswer(context, await (isInteractive ? TERMINAL.run(run) : run()));
}

function collectOutput(context: ExecContext, isInteractive: boolean): Promise<string> {
  const { exec, signal } = context;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(exec.command, [...exec.args], {
    env: pluginEnv(context, isInteractive),
    // stderr goes to the user: device-code logins print their link there.
    stdio: [isInteractive ? "inherit" : "ignore", "pipe", "inherit"],
    windowsHide: true,
  });
  const onAbort = (): void => {
    child.kill();
    reject(signal?.reason);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("error", (cause) => reject(failed(context, "cannot be run", cause)));
  child.on("close", (code, killedBy) => {
    signal?.removeEventListener("abort", onAbort);
    if (code === 0) resolve(Buffer.concat(chunks).toString("utf8"));
    else reject(failed(context, `ended with ${killedBy ?? `exit code ${code}`}`));
  });
  return promise;
}

function pluginEnv(context: ExecContext, interactive: boolean): Record<string, string | undefined> {
  const { exec, clusterInfo } = context;
  const spec = exec.provideClusterInfo ? { cluster: clusterInfo, interactive } : { interactive };
  return {
    ...context.env,
    ...Object.fromEntries(exec.env.map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify({
      kind: "ExecCredential",
      apiVersion: exec.apiVersion,
      spec,
    }),
  };
}

/** What the plugin printed is never part of an error: it holds the credential. */
function readAnswer(context: ExecContext, output: string): Held {
  const answer = parseAnswer(context, output);
  if (stringAt(answer, "apiVersion") !== context.exec.apiVersion) {
    throw failed(context, `answered with another apiVersion than ${context.exec.apiVersion}`);
  }
  const token = stringAt(answer, "status", "token");
  const client = clientOf(context, answer);
  if (token === undefined && client === undefined) {
    throw failed(context, "answered with neither a token nor a client certificate");
  }
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const headers = { ...context.headers, ...authorization };
  return {
    credentials: client === undefined ? { headers } : { headers, client },
    expiresAt: expiryOf(context, stringAt(answer, "status", "expirationTimestamp")),
  };
}

function parseAnswer(context: ExecContext, output: string): Json {
  const answer = parsedOrUndefined(output);
  if (answer === undefined) throw failed(context, "answered with something that is no JSON");
  if (asRecord(answer)?.["kind"] !== "ExecCredential") {
    throw failed(context, "answered with something that is no ExecCredential");
  }
  return answer;
}

/** The parser's own error is dropped: it quotes the credential. */
function parsedOrUndefined(output: string): Json {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

function clientOf(context: ExecContext, answer: Json): KeyPairPem | undefined {
  const cert = stringAt(answer, "status", "clientCertificateData");
  const key = stringAt(answer, "status", "clientKeyData");
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw failed(context, "answered with half a client certificate: it takes data and key");
  }
  checkKeyPair({ cert, key }, `the answer of credential plugin ${context.exec.command}`);
  return { cert, key };
}

function expiryOf(context: ExecContext, timestamp: string | undefined): number {
  if (timestamp === undefined) return Number.POSITIVE_INFINITY;
  const expiresAt = Date.parse(timestamp);
  if (Number.isNaN(expiresAt))
    throw failed(context, "answered with an expirationTimestamp that is no time");
  return expiresAt;
}

function failed(context: ExecContext, what: string, cause?: unknown): PivotError {
  const { command, installHint } = context.exec;
  return new PivotError({
    code: "CREDENTIAL_PLUGIN_FAILED",
    message: `credential plugin ${command} of user ${context.user} ${what}`,
    hint: installHint?.trim() ?? "run the plugin by hand to see what it says, then try again",
    cause,
  });
}
