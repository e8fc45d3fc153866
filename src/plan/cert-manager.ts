// cert-manager by its CRDs and programs, whoever installed it.
import { LABEL } from "../model/capi.ts";
import type { Inventory } from "../model/inventory.ts";
import type { CertManager } from "../model/provider.ts";
import { imageName, imageVersion } from "./image-name.ts";
import { mostFrequent } from "./label-kinds.ts";
import { type Program, toController } from "./programs.ts";
import { asVersion } from "./provider-version.ts";

const CERTIFICATE_KIND = "Certificate.cert-manager.io";

/** Its programs (cert-manager deploy/charts/cert-manager); mirrors keep the last part of the name. */
const IMAGES = /^cert-manager-(controller|cainjector|webhook)$/;

const PROGRAMS = ["cert-manager", "cainjector", "webhook"];

/** Written by `clusterctl init` (cmd/clusterctl/client/cluster/cert_manager.go). */
const VERSION_ANNOTATION = "cert-manager.clusterctl.cluster.x-k8s.io/version";

/** Is this one of cert-manager's three programs? */
export function isCertManager({ labels, image }: Program): boolean {
  if (labels[LABEL.clusterctlCore] === "cert-manager" || IMAGES.test(imageName(image))) return true;
  const { "app.kubernetes.io/instance": instance, "app.kubernetes.io/name": name = "" } = labels;
  return instance === "cert-manager" && PROGRAMS.includes(name);
}

/** Undefined where the kinds or the programs are missing: CRDs alone issue nothing. */
export function findCertManager(
  { kinds, material }: Inventory,
  programs: readonly Program[],
): CertManager | undefined {
  const own = programs.filter(isCertManager);
  const namespace = mostFrequent(own.map((program) => program.namespace));
  if (namespace === undefined || !kinds.has(CERTIFICATE_KIND)) return undefined;
  const versions = own.map(versionOf).filter((version) => version !== undefined);
  return {
    namespace,
    version: mostFrequent(versions),
    controllers: own.map((program) => toController(program, material)),
  };
}

function versionOf({ object, labels, image }: Program): string | undefined {
  return (
    asVersion(object.metadata.annotations?.[VERSION_ANNOTATION]) ??
    asVersion(labels["app.kubernetes.io/version"]) ??
    imageVersion(image)
  );
}
