// The `oidc` auth-provider of kubeconfigs, as kubectl has it: an id token that is renewed with a refresh token, and written
// back to the kubeconfig, because most issuers take a refresh token only once.
// https://github.com/kubernetes/client-go/blob/master/plugin/pkg/client/auth/oidc/oidc.go
import type { Clock } from "../model/client.ts";
import { PivotError } from "../model/error.ts";
import { asRecord, fieldAt, type Json, stringAt } from "../model/object.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import type { HttpHeaders } from "./http.ts";
import { type IssuerClient, RenewalRefused, type Renewed, renewTokens } from "./oidc-issuer.ts";
import { saveTokens } from "./save-tokens.ts";

export interface OidcContext {
  /** `auth-provider.config`. */
  readonly config: Json;
  readonly user: string;
  /** The kubeconfig that the user is from. */
  readonly file: string | undefined;
  /** Headers besides Authorization. */
  readonly headers: HttpHeaders;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** A token is renewed this long before it expires: clocks differ. */
const EARLY_MS = 10_000;

/** One renewal at a time; a token is used until shortly before it expires. */
export class OidcCredentialSource implements CredentialSource {
  readonly #context: OidcContext;
  readonly #client: Omit<IssuerClient, "refreshToken">;
  #tokens: Partial<Renewed>;
  #held: { readonly idToken: string; readonly credentials: Credentials } | undefined;
  #renewing: Promise<string> | undefined;

  /** @throws PivotError KUBECONFIG_INVALID */
  constructor(context: OidcContext) {
    const { config, env } = context;
    this.#context = context;
    this.#client = {
      issuer: required(context, "idp-issuer-url"),
      clientId: required(context, "client-id"),
      clientSecret: stringAt(config, "client-secret") ?? "",
      caFile: stringAt(config, "idp-certificate-authority"),
      caData: stringAt(config, "idp-certificate-authority-data"),
      env,
    };
    const idToken = stringAt(config, "id-token");
    const refreshToken = stringAt(config, "refresh-token");
    this.#tokens = {
      ...(idToken === undefined ? {} : { idToken }),
      ...(refreshToken === undefined ? {} : { refreshToken }),
    };
  }

  async current(): Promise<Credentials> {
    const idToken = await this.#validToken();
    if (this.#held?.idToken === idToken) return this.#held.credentials;
    const headers = { ...this.#context.headers, Authorization: `Bearer ${idToken}` };
    this.#held = { idToken, credentials: { headers } };
    return this.#held.credentials;
  }

  /** As kubectl: who is refused with a token that is still good will be refused with the next one. */
  refused(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async #validToken(): Promise<string> {
    const { idToken } = this.#tokens;
    if (idToken !== undefined && this.#isGood(idToken)) return idToken;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  #isGood(idToken: string): boolean {
    const expiry = expiryOf(idToken);
    if (expiry === undefined) throw unusable(this.#context, "has an id-token that is no JWT");
    return this.#context.clock.now() + EARLY_MS < expiry;
  }

  async #renew(): Promise<string> {
    const { user, file, clock } = this.#context;
    const { refreshToken } = this.#tokens;
    if (refreshToken === undefined) throw expired(user, "there is no refresh-token");
    const renewed = await renewTokens({ ...this.#client, refreshToken }).catch(
      (error: unknown): never => {
        if (error instanceof RenewalRefused) throw expired(user, error.message);
        throw expired(user, `the issuer ${this.#client.issuer} does not answer`, error);
      },
    );
    this.#tokens = renewed;
    if (file !== undefined) await saveTokens(file, user, renewed, clock);
    return renewed.idToken;
  }
}

/** Milliseconds since 1970. */
function expiryOf(idToken: string): number | undefined {
  const [, claims, signature] = idToken.split(".");
  if (claims === undefined || signature === undefined) return undefined;
  try {
    const { exp } = asRecord(JSON.parse(Buffer.from(claims, "base64url").toString())) ?? {};
    return typeof exp === "number" ? exp * 1000 : 0;
  } catch {
    return undefined;
  }
}

function required(context: OidcContext, field: string): string {
  const value = fieldAt(context.config, field);
  if (typeof value === "string" && value !== "") return value;
  throw unusable(context, `lacks ${field}`);
}

function unusable({ user }: OidcContext, what: string): PivotError {
  return new PivotError({
    code: "KUBECONFIG_INVALID",
    message: `the oidc auth-provider of user ${user} ${what}`,
  });
}

function expired(user: string, why: string, cause?: unknown): PivotError {
  return new PivotError({
    code: "UNAUTHORIZED",
    message: `the oidc token of user ${user} has expired and cannot be renewed: ${why}`,
    hint: "log in to the issuer again, or change the user to an exec plugin such as kubelogin",
    cause,
  });
}
