// Does cert-manager's work, as far as providers need it, while its Deployments are Available: Certificates of self-signed
// Issuers become Secrets, and their CA gets into webhook configurations and CRD conversions that ask for it.
import { fieldAt, type Json, stringAt } from "../../../src/model/object.ts";
import { selfSignedCertificate } from "../certificates.ts";
import type { TestCluster } from "../testbed/test-cluster.ts";
import { hasCondition } from "./conditions.ts";
import { isAvailable } from "./deployments.ts";
import { type Followed, follow, type Watched } from "./follow.ts";
import { injectionInto } from "./injection.ts";
import { MERGE_PATCH, openStandIn, type StandIn } from "./stand-in.ts";

export interface Issuer {
  stop(): Promise<void>;
}

const CERTIFICATES = "/apis/cert-manager.io/v1/certificates";
const PAUSE_MS = 50;
const DAY_MS = 86_400_000;

/** What the issuer follows. */
const PATHS = {
  deployments: "/apis/apps/v1/deployments",
  certificates: CERTIFICATES,
  issuers: "/apis/cert-manager.io/v1/issuers",
  secrets: `/api/v1/secrets?fieldSelector=${encodeURIComponent("type=kubernetes.io/tls")}`,
  mutating: "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
  validating: "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
  crds: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
} as const;

type World = Readonly<Record<keyof typeof PATHS, Followed>>;

const INJECTED = ["mutating", "validating", "crds"] as const;

export async function startIssuer(cluster: TestCluster): Promise<Issuer> {
  const standIn = await openStandIn(cluster, "cert-manager");
  const stop = new AbortController();
  const { signal } = stop;
  let changes = 0;
  const entries = Object.entries(PATHS).map(([name, path]) => {
    const onPresent = (): void => {
      changes++;
    };
    return [name, follow(standIn.session, { path, signal, onPresent, onGone: onPresent })];
  });
  const world = Object.fromEntries(entries) as World;
  const work = async (): Promise<void> => {
    for (let seen = 0; !signal.aborted; await Bun.sleep(PAUSE_MS)) {
      if (seen === changes) continue;
      seen = changes;
      // What a conflict leaves undone comes again: the change that caused it is seen too.
      await reconcile(standIn, world, signal).catch((error: unknown) => complain(error, signal));
    }
  };
  const done = work();
  return {
    stop: async () => {
      stop.abort();
      await done;
    },
  };
}

function complain(error: unknown, signal: AbortSignal): void {
  if (!signal.aborted) console.error(`issuer: ${String(error)}`);
}

async function reconcile(standIn: StandIn, world: World, signal: AbortSignal): Promise<void> {
  if (isThere(world, "cert-manager")) {
    for (const issuer of world.issuers.all()) await acceptIssuer(standIn, issuer, signal);
    for (const certificate of world.certificates.all()) {
      await issue(standIn, world, certificate, signal);
    }
  }
  if (!isThere(world, "cert-manager-cainjector")) return;
  for (const name of INJECTED) {
    for (const object of world[name].all()) await inject(standIn, world, { name, object }, signal);
  }
}

/** Whether some Deployment of that name has replicas that work. */
function isThere(world: World, name: string): boolean {
  return world.deployments
    .all()
    .some(
      (each) =>
        each.metadata.name === name && fieldAt(each, "spec", "replicas") !== 0 && isAvailable(each),
    );
}

async function acceptIssuer(standIn: StandIn, issuer: Watched, signal: AbortSignal): Promise<void> {
  if (hasCondition(issuer, "Ready")) return;
  const path = `/apis/cert-manager.io/v1/namespaces/${issuer.metadata.namespace}/issuers`;
  const status = { conditions: [ready("IsReady", issuer)] };
  await standIn.send(
    signal,
    "PATCH",
    `${path}/${issuer.metadata.name}/status`,
    { status },
    MERGE_PATCH,
  );
}

async function issue(
  standIn: StandIn,
  world: World,
  certificate: Watched,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = "", name } = certificate.metadata;
  const secretName = stringAt(certificate, "spec", "secretName") ?? "";
  const secret = world.secrets.get(namespace, secretName);
  if (secret !== undefined && hasCondition(certificate, "Ready")) return;
  const issuer = world.issuers.get(
    namespace,
    stringAt(certificate, "spec", "issuerRef", "name") ?? "",
  );
  if (fieldAt(issuer, "spec", "selfSigned") === undefined) return;
  if (secret === undefined) {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    await standIn.send(signal, "POST", path, await secretFor(certificate, secretName));
  }
  const now = Date.now();
  const status = {
    conditions: [ready("Ready", certificate)],
    notBefore: timestamp(now),
    notAfter: timestamp(now + DAY_MS),
    renewalTime: timestamp(now + DAY_MS / 2),
    revision: 1,
  };
  const path = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates/${name}/status`;
  await standIn.send(signal, "PATCH", path, { status }, MERGE_PATCH);
}

async function secretFor(certificate: Watched, secretName: string): Promise<Json> {
  const { namespace, name } = certificate.metadata;
  const dns = (fieldAt(certificate, "spec", "dnsNames") ?? []) as readonly string[];
  const { cert, key } = await selfSignedCertificate({ commonName: dns[0] ?? name, dns });
  const issuerName = stringAt(certificate, "spec", "issuerRef", "name") ?? "";
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      namespace,
      name: secretName,
      labels: { "controller.cert-manager.io/fao": "true" },
      annotations: {
        "cert-manager.io/alt-names": dns.join(","),
        "cert-manager.io/certificate-name": name,
        "cert-manager.io/common-name": "",
        "cert-manager.io/ip-sans": "",
        "cert-manager.io/issuer-group": "",
        "cert-manager.io/issuer-kind": "Issuer",
        "cert-manager.io/issuer-name": issuerName,
        "cert-manager.io/uri-sans": "",
      },
    },
    type: "kubernetes.io/tls",
    data: { "ca.crt": btoa(cert), "tls.crt": btoa(cert), "tls.key": btoa(key) },
  };
}

interface Injected {
  readonly name: (typeof INJECTED)[number];
  readonly object: Watched;
}

async function inject(
  standIn: StandIn,
  world: World,
  { name, object }: Injected,
  signal: AbortSignal,
): Promise<void> {
  const from = object.metadata.annotations?.["cert-manager.io/inject-ca-from"]?.split("/");
  if (from === undefined) return;
  const [namespace = "", certificateName = ""] = from;
  const certificate = world.certificates.get(namespace, certificateName);
  const secretName = stringAt(certificate, "spec", "secretName") ?? "";
  const ca = stringAt(world.secrets.get(namespace, secretName), "data", "ca.crt");
  if (ca === undefined) return;
  const patch = injectionInto(object, ca);
  if (patch.length === 0) return;
  const path = `${PATHS[name]}/${object.metadata.name}`;
  await standIn.send(signal, "PATCH", path, patch, "application/json-patch+json");
}

function ready(reason: string, { metadata }: Watched): Json {
  return {
    type: "Ready",
    status: "True",
    reason,
    message: "",
    observedGeneration: metadata.generation,
    lastTransitionTime: timestamp(Date.now()),
  };
}

function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
