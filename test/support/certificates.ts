// Private certificate authorities for local servers and clients, made in memory and valid for a day.
// ECDSA P-256 unless asked for RSA, PKCS#8 keys; nothing of it is ever written to disk here.
import "./reflect-metadata.ts";
import type { ExtendedKeyUsage, Extension, SubjectAlternativeNameExtension } from "@peculiar/x509";

// Not a static import: Bun evaluates CommonJS packages before any ES module, so the line above would come too late.
const x509 = await import("@peculiar/x509");

export type Usage = "server" | "client";

/** PEM text; the key is PKCS#8. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** `system:masters` and the like. */
  readonly organization?: string;
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
  /** Default: both. */
  readonly usages?: readonly Usage[];
  /** Default: from a minute ago to tomorrow. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Default: EC. */
  readonly keys?: "ec" | "rsa";
}

export interface Authority extends KeyPair {
  issue(request: CertificateRequest): Promise<KeyPair>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const USAGE_OID: Readonly<Record<Usage, ExtendedKeyUsage>> = {
  server: x509.ExtendedKeyUsage.serverAuth,
  client: x509.ExtendedKeyUsage.clientAuth,
};

/** A new self-signed authority. */
export async function createAuthority(name: string): Promise<Authority> {
  x509.cryptoProvider.set(crypto);
  const keys = await newKeys();
  const subject = [{ CN: [name] }];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject,
    keys,
    serialNumber: newSerial(),
    signingAlgorithm: ALGORITHM,
    ...validity({}),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    cert: certificate.toString("pem"),
    key: await pemOf(keys.privateKey),
    issue: (request) => issue(certificate.subjectName.toJSON(), keys, request),
  };
}

/** The authority of an earlier `createAuthority`, perhaps of another process, from its PEM text. */
export async function openAuthority(pair: KeyPair): Promise<Authority> {
  x509.cryptoProvider.set(crypto);
  const certificate = new x509.X509Certificate(pair.cert);
  const der = x509.PemConverter.decodeFirst(pair.key);
  const keys = {
    publicKey: await certificate.publicKey.export(ALGORITHM, ["verify"]),
    privateKey: await crypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]),
  };
  const issuer = certificate.subjectName.toJSON();
  return { ...pair, issue: (request) => issue(issuer, keys, request) };
}

/** A certificate for one server, signed with its own key. */
export async function selfSignedCertificate(request: CertificateRequest): Promise<KeyPair> {
  x509.cryptoProvider.set(crypto);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subjectOf(request),
    keys,
    serialNumber: newSerial(),
    signingAlgorithm: ALGORITHM,
    ...validity(request),
    extensions: await leafExtensions(keys, keys, request),
  });
  return { cert: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
}

type Name = readonly { readonly [id: string]: string[] }[];

async function issue(
  issuer: Name,
  authority: CryptoKeyPair,
  request: CertificateRequest,
): Promise<KeyPair> {
  const keys = await newKeys(request.keys);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subjectOf(request),
    issuer: [...issuer],
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    serialNumber: newSerial(),
    signingAlgorithm: ALGORITHM,
    ...validity(request),
    extensions: await leafExtensions(keys, authority, request),
  });
  return { cert: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
}

function subjectOf({ organization, commonName }: CertificateRequest): { [id: string]: string[] }[] {
  const group = organization === undefined ? [] : [{ O: [organization] }];
  return [...group, { CN: [commonName] }];
}

async function leafExtensions(
  keys: CryptoKeyPair,
  authority: CryptoKeyPair,
  request: CertificateRequest,
): Promise<Extension[]> {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(usagesOf(request)),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ...alternativeNames(request),
  ];
}

function usagesOf(request: CertificateRequest): ExtendedKeyUsage[] {
  return (request.usages ?? ["server", "client"]).map((usage) => USAGE_OID[usage]);
}

function alternativeNames(request: CertificateRequest): SubjectAlternativeNameExtension[] {
  const names = [
    ...(request.dns ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(request.ips ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

function validity(request: Pick<CertificateRequest, "notBefore" | "notAfter">): {
  notBefore: Date;
  notAfter: Date;
} {
  const now = Date.now();
  return {
    notBefore: request.notBefore ?? new Date(now - MINUTE_MS),
    notAfter: request.notAfter ?? new Date(now + DAY_MS),
  };
}

function newKeys(kind: "ec" | "rsa" = "ec"): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(kind === "rsa" ? RSA : ALGORITHM, true, ["sign", "verify"]);
}

/** 16 random bytes, the first one positive and not zero: DER would otherwise pad or shorten it. */
function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `4${Buffer.from(bytes).toString("hex").slice(1)}`;
}

async function pemOf(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}
