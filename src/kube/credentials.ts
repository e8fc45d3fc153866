// What a request is signed with, whatever it comes from: fixed, a token file, or an exec plugin.
import { readFile } from "node:fs/promises";
import type { Clock } from "../model/client.ts";
import { PivotError } from "../model/error.ts";
import type { HttpHeaders } from "./http.ts";
import type { KeyPairPem } from "./tls-material.ts";

/** `client` replaces the client certificate of the kubeconfig. Compared by identity: see `refused`. */
export interface Credentials {
  readonly headers: HttpHeaders;
  readonly client?: KeyPairPem;
}

export interface CredentialSource {
  /** Cached as long as it is valid; throws PivotError. */
  current(): Promise<Credentials>;
  /** A 401 answered these. Resolves to true when `current()` will give others worth one more try. */
  refused(used: Credentials): Promise<boolean>;
}

/** Credentials that do not change. */
export function fixedCredentials(credentials: Credentials): CredentialSource {
  return { current: async () => credentials, refused: async () => false };
}

const TOKEN_FILE_MS = 60_000;

export interface TokenFile {
  readonly path: string;
  /** Used until the file can be read. */
  readonly fallback: string | undefined;
  /** Other headers to send. */
  readonly extra: HttpHeaders;
  readonly clock: Clock;
}

/** A bearer token in a file that somebody else renews: read again each minute, and after a 401. */
export class TokenFileSource implements CredentialSource {
  readonly #path: string;
  readonly #fallback: string | undefined;
  readonly #extra: HttpHeaders;
  readonly #clock: Clock;
  #cached: { readonly token: string; readonly credentials: Credentials } | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor({ path, fallback, extra, clock }: TokenFile) {
    this.#path = path;
    this.#fallback = fallback;
    this.#extra = extra;
    this.#clock = clock;
  }

  async current(): Promise<Credentials> {
    if (this.#cached !== undefined && this.#clock.monotonic() - this.#readAt < TOKEN_FILE_MS) {
      return this.#cached.credentials;
    }
    const token = await this.#read();
    this.#readAt = this.#clock.monotonic();
    if (this.#cached?.token === token) return this.#cached.credentials;
    const credentials = { headers: { ...this.#extra, Authorization: `Bearer ${token}` } };
    this.#cached = { token, credentials };
    return credentials;
  }

  async refused(used: Credentials): Promise<boolean> {
    this.#readAt = Number.NEGATIVE_INFINITY;
    return (await this.current()) !== used;
  }

  /** A rotation may have the file away for a moment: the old token serves until it is back. */
  async #read(): Promise<string> {
    const known = this.#cached?.token ?? this.#fallback;
    try {
      const token = (await readFile(this.#path, "utf8")).trim();
      if (token !== "") return token;
    } catch (cause) {
      if (known === undefined) throw unreadable(this.#path, cause);
    }
    if (known === undefined) throw unreadable(this.#path, undefined);
    return known;
  }
}

function unreadable(path: string, cause: unknown): PivotError {
  return new PivotError({
    code: "KUBECONFIG_INVALID",
    message: `token file ${path} is empty or cannot be read`,
    hint: "check tokenFile of the user in the kubeconfig",
    cause,
  });
}

/** A user may have a client certificate beside its token file. */
export function withClient(source: CredentialSource, { client }: Credentials): CredentialSource {
  if (client === undefined) return source;
  // Sources compare what was refused by identity, so every pair must lead back to the source's own.
  const plains = new WeakMap<Credentials, Credentials>();
  const pairs = new WeakMap<Credentials, Credentials>();
  const pair = (plain: Credentials): Credentials => {
    const known = pairs.get(plain) ?? { client, ...plain };
    pairs.set(plain, known);
    plains.set(known, plain);
    return known;
  };
  return {
    current: async () => pair(await source.current()),
    refused: (used) => source.refused(plains.get(used) ?? used),
  };
}
