// Certificates and keys are checked here before a socket sees them: for a broken PEM Bun says
// "was there a typo in the url or port", which sends people the wrong way.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { PivotError } from "../model/error.ts";

/** A client certificate (chain) and its key. */
export interface KeyPairPem {
  readonly cert: string;
  readonly key: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** `where` says which field of what holds it, e.g. `certificate-authority of cluster "prod"`. */
export function checkAuthority(ca: string, where: string): void {
  const found = ca.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw invalid(where, "holds no PEM certificate");
  for (const pem of found) certificateOf(pem, where);
}

/** Certificate and key must parse and belong together. */
export function checkKeyPair(pair: KeyPairPem, where: string): void {
  const [leaf] = pair.cert.match(CERTIFICATE) ?? [];
  if (leaf === undefined) throw invalid(where, "holds no PEM certificate");
  const certificate = certificateOf(leaf, where);
  if (!certificate.checkPrivateKey(privateKeyOf(pair.key, where))) {
    throw invalid(where, "has a client certificate and a client key that do not belong together");
  }
}

/** When the client certificate ran out, undefined while it is good. */
export function expiredSince(pair: KeyPairPem, now: number): string | undefined {
  const [leaf] = pair.cert.match(CERTIFICATE) ?? [];
  if (leaf === undefined) return undefined;
  const { validToDate } = new X509Certificate(leaf);
  return validToDate.getTime() < now ? validToDate.toISOString() : undefined;
}

function certificateOf(pem: string, where: string): X509Certificate {
  const certificate = parsed(() => new X509Certificate(pem));
  if (certificate === undefined) throw invalid(where, "holds a certificate that cannot be parsed");
  return certificate;
}

function privateKeyOf(pem: string, where: string): KeyObject {
  const key = parsed(() => createPrivateKey(pem));
  if (key !== undefined) return key;
  const reason = pem.includes("ENCRYPTED") ? "is encrypted" : "cannot be parsed";
  throw invalid(where, `holds a client key that ${reason}`);
}

/** The parser's own error is dropped: it may quote the key. */
function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function invalid(where: string, what: string): PivotError {
  return new PivotError({
    code: "KUBECONFIG_INVALID",
    message: `${where} ${what}`,
    hint: "get a new kubeconfig for this cluster, or correct the field",
  });
}
