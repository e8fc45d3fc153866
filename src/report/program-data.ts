// Programs beside the providers as data for programs: who is stopped and why, operators, and cert-manager. Pure.
// docs/plan.md is the contract.
import { CERT_MANAGER, type ComponentOrigin } from "../model/install.ts";
import type { Preview } from "../model/preview.ts";
import type { CertManager, Controller, Providers } from "../model/provider.ts";
import { type ControllerData, controllerData } from "./provider-data.ts";

/** Why a program of the source is stopped. */
type Role = "operator" | "provider" | "named";

export interface StoppedData extends ControllerData {
  readonly role: Role;
  /** Only after everything is deleted from the source: its conversion webhook is needed until then. */
  readonly late: boolean;
}

interface CertManagerData {
  readonly namespace: string;
  readonly version?: string;
  readonly controllers: readonly ControllerData[];
}

export interface ProgramsData {
  readonly stopped: readonly StoppedData[];
  readonly operators: Readonly<Record<"source" | "target", readonly ControllerData[]>>;
  readonly named: Readonly<Record<"source" | "target", readonly ControllerData[]>>;
  readonly certManager: {
    readonly source?: CertManagerData;
    readonly target?: CertManagerData;
    /** Absent: nothing is installed. */
    readonly install?: ComponentOrigin;
  };
}

export function programsData(preview: Preview): ProgramsData {
  const { source, target } = preview.plan.providers;
  const both = (of: (providers: Providers) => readonly Controller[]) => ({
    source: of(source).map(controllerData),
    target: of(target).map(controllerData),
  });
  return {
    stopped: stoppedData(preview),
    operators: both(({ parents }) => parents),
    named: both(({ others }) => others),
    certManager: certManagerData(preview),
  };
}

/** In the order of stopping. One that wants no pods is left as it is. */
function stoppedData({ stop, plan }: Preview): readonly StoppedData[] {
  if (stop === undefined) return [];
  const named = new Set(plan.providers.source.others.map(({ uid }) => uid));
  const roleOf = ({ uid }: Controller): Role => (named.has(uid) ? "named" : "provider");
  const rows = [
    ...stop.parents.map((one) => ({ one, role: "operator" as const, late: false })),
    ...stop.controllers.map((one) => ({ one, role: roleOf(one), late: false })),
    ...stop.late.map((one) => ({ one, role: roleOf(one), late: true })),
  ];
  return rows
    .filter(({ one }) => one.replicas > 0)
    .map(({ one, role, late }) => ({ ...controllerData(one), role, late }));
}

function certManagerData({ plan, install }: Preview): ProgramsData["certManager"] {
  const { source, target } = plan.providers;
  const set = install.sets.find(({ owner }) => owner === CERT_MANAGER);
  return {
    ...(source.certManager === undefined ? {} : { source: factsOf(source.certManager) }),
    ...(target.certManager === undefined ? {} : { target: factsOf(target.certManager) }),
    ...(set === undefined ? {} : { install: set.from }),
  };
}

function factsOf({ namespace, version, controllers }: CertManager): CertManagerData {
  return {
    namespace,
    ...(version === undefined ? {} : { version }),
    controllers: controllers.map(controllerData),
  };
}
