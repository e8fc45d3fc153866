// Programs to providers: by label, else by whom the API server calls for a provider's kinds, else by what they may write.
import { LABEL } from "../model/capi.ts";
import type { ResourceKind } from "../model/kinds.ts";
import type { AccountRules } from "./account-rules.ts";
import { imageName } from "./image-name.ts";
import { type KindLabels, mostFrequent } from "./label-kinds.ts";
import type { Program } from "./programs.ts";
import type { WebhookServers } from "./webhook-servers.ts";

/** Who a program belongs to; `serves`: the API server calls it, or it may write the status of its kinds. */
export interface Assignment {
  readonly program: Program;
  readonly label: string;
  readonly isLabelled: boolean;
  readonly serves: boolean;
}

export interface AssignInput {
  readonly programs: readonly Program[];
  readonly kinds: readonly ResourceKind[];
  readonly labels: KindLabels;
  readonly servers: WebhookServers;
  readonly rules: AccountRules;
  /** Belongs to nobody unless it is labelled or converts: the operator said so. */
  readonly isNamed: (program: Program) => boolean;
}

/** Upstream's images, for installations without labels, webhooks and roles. */
const IMAGES: Readonly<Record<string, string>> = {
  "cluster-api-controller": "cluster-api",
  "kubeadm-bootstrap-controller": "bootstrap-kubeadm",
  "kubeadm-control-plane-controller": "control-plane-kubeadm",
  "capd-manager": "infrastructure-docker",
  "cluster-api-aws-controller": "infrastructure-aws",
  "cluster-api-azure-controller": "infrastructure-azure",
  "cluster-api-gcp-controller": "infrastructure-gcp",
  "cluster-api-vsphere-controller": "infrastructure-vsphere",
  "capi-openstack-controller": "infrastructure-openstack",
  "cluster-api-provider-metal3": "infrastructure-metal3",
  "ip-address-manager": "ipam-metal3",
  "cluster-api-ipam-in-cluster-controller": "ipam-in-cluster",
  "cluster-api-helm-controller": "addon-helm",
};

/** A program may write the status of at least this part of a provider's kinds, or it is a mere user of them. */
const ENOUGH = 1 / 4;

type Rule = (
  program: Program,
  input: AssignInput,
  taken: ReadonlySet<string>,
) => string | undefined;

/** From sure to likely. The later ones only find a controller for a provider that has none yet. */
const RULES: readonly Rule[] = [byConversion, byAdmission, byRoles, byImage];

/** Every program of a provider, once. */
export function assignPrograms(input: AssignInput): readonly Assignment[] {
  const assigned = input.programs.flatMap((program) => labelled(program, input));
  for (const rule of RULES) assigned.push(...assignBy(rule, input, assigned));
  return assigned;
}

function labelled(program: Program, { servers }: AssignInput): readonly Assignment[] {
  const { [LABEL.provider]: label = "" } = program.labels;
  if (label === "") return [];
  const { converts, admits } = servers.kindsOf(program);
  return [{ program, label, isLabelled: true, serves: converts.length + admits.length > 0 }];
}

function assignBy(
  rule: Rule,
  input: AssignInput,
  assigned: readonly Assignment[],
): readonly Assignment[] {
  const done = new Set(assigned.map(({ program }) => program));
  const taken = new Set(assigned.map(({ label }) => label));
  const mayTake = (program: Program) => rule === byConversion || !input.isNamed(program);
  return input.programs
    .filter((program) => !done.has(program) && mayTake(program))
    .flatMap((program) => {
      const label = rule(program, input, taken);
      if (label === undefined) return [];
      return [{ program, label, isLabelled: false, serves: rule !== byImage }];
    });
}

function byConversion(program: Program, { servers, labels }: AssignInput): string | undefined {
  return mostFrequent(labelsOf(servers.kindsOf(program).converts, labels));
}

function byAdmission(
  program: Program,
  { servers, labels }: AssignInput,
  taken: ReadonlySet<string>,
): string | undefined {
  const admits = labelsOf(servers.kindsOf(program).admits, labels);
  return mostFrequent(admits.filter((label) => !taken.has(label)));
}

function byRoles(
  program: Program,
  { kinds, labels, rules }: AssignInput,
  taken: ReadonlySet<string>,
): string | undefined {
  const byLabel = Map.groupBy(kinds, ({ crd }) => labels.get(crd?.name ?? "") ?? "");
  const shares = [...byLabel].map(([label, own]) => {
    const sum = own.reduce((total, kind) => total + rules.ownership(program, kind), 0);
    return { label, share: sum / own.length };
  });
  const best = shares.toSorted((a, b) => b.share - a.share)[0];
  if (best === undefined || best.share < ENOUGH) return undefined;
  return best.label === "" || taken.has(best.label) ? undefined : best.label;
}

function byImage(
  { image }: Program,
  { labels }: AssignInput,
  taken: ReadonlySet<string>,
): string | undefined {
  const label = IMAGES[imageName(image)];
  if (label === undefined || taken.has(label)) return undefined;
  return [...labels.values()].includes(label) ? label : undefined;
}

function labelsOf(kinds: readonly ResourceKind[], labels: KindLabels): readonly string[] {
  return kinds.flatMap(({ crd }) => labels.get(crd?.name ?? "") ?? []);
}
