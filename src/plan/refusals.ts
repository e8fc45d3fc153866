// What servers refused when it was only tried, as findings: the same words about many objects are one finding. Pure.
import type { ClusterName, KubeApiError } from "../model/error.ts";
import type { FindingCode } from "../model/finding-codes.ts";
import type { ResourceKind } from "../model/kinds.ts";
import type { Json, ObjectId } from "../model/object.ts";
import type { Finding, Severity } from "../model/plan.ts";
import type { Right } from "./missing-rules.ts";
import { tellable } from "./server-words.ts";
import { isWebhookFailure } from "./webhook-rules.ts";

/** `strip`: what makes an object ready for its deletion. */
export type Act = "create" | "pause" | "strip" | "delete";

/** A write that was tried and refused. */
export interface Refused {
  readonly id: ObjectId;
  readonly kind: ResourceKind;
  readonly act: Act;
  readonly error: KubeApiError;
  /** What was sent. */
  readonly body?: Json;
}

export interface RefusalContext {
  readonly cluster: ClusterName;
  /** Everything that travels: what a refused object misses may be on its way. */
  readonly planned: readonly ObjectId[];
  /** Names of webhooks that let pass by the mark of a move what they refuse now, or are gone by then. */
  readonly yielding: Readonly<Partial<Record<Act, ReadonlySet<string>>>>;
}

/** One judgement of a refusal. `why` is a whole sentence, but for the object. */
interface Judgement {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly why: (words: string) => string;
  readonly hint: string;
}

/** All refusals but those for want of a right: see `lackedRights`. */
export function refusalFindings(
  refused: readonly Refused[],
  context: RefusalContext,
): readonly Finding[] {
  const groups = new Map<string, { readonly judgement: Judgement; readonly all: Refused[] }>();
  for (const one of refused) {
    if (isOver(one) || lacksRight(one.error)) continue;
    const judgement = judge(one, context);
    const key = `${judgement.code} ${judgement.severity} ${wordsOf(one, true)}`;
    const group = groups.get(key) ?? { judgement, all: [] };
    group.all.push(one);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ judgement, all }) => toFinding(judgement, all));
}

function toFinding({ code, severity, why, hint }: Judgement, all: readonly Refused[]): Finding {
  const [first] = all;
  const words = first === undefined ? "" : wordsOf(first, all.length > 1);
  return { code, severity, objects: all.map(({ id }) => id), why: why(words), hint };
}

/** The server's sentence; what all of a group would say is said without the name of one. */
function wordsOf({ id, error, body }: Refused, isOfMany: boolean): string {
  const words = tellable(error.message, body).replace(/^\S+ "[^"]*" is invalid: /, "is invalid: ");
  return isOfMany ? words.replaceAll(`"${id.name}"`, '"…"') : words;
}

/** Changed or gone since it was read. What has its name in the target is compared with it elsewhere: collisions.ts. */
function isOver({ act, error }: Refused): boolean {
  return act === "create"
    ? error.reason === "AlreadyExists"
    : error.status === 404 || error.status === 409;
}

/** A refusal for want of a right, not of an admission plugin that answers 403 as well. */
export function lacksRight({ status, message }: KubeApiError): boolean {
  return status === 403 && /cannot [a-z]+ resource/.test(message);
}

const VERBS: Readonly<Record<Act, string>> = {
  create: "create",
  pause: "patch",
  strip: "patch",
  delete: "delete",
};

/** The rights that refusals were for want of. */
export function lackedRights(refused: readonly Refused[]): readonly Right[] {
  return refused
    .filter(({ error }) => lacksRight(error))
    .map(({ id: { namespace }, kind: { group, plural }, act }) => ({
      ...{ group, plural, verb: VERBS[act] },
      ...(namespace === undefined ? {} : { namespace }),
    }));
}

const CODES: Readonly<Record<Act, FindingCode>> = {
  create: "TARGET_REFUSES_CREATE",
  pause: "SOURCE_REFUSES_CHANGE",
  strip: "SOURCE_REFUSES_CHANGE",
  delete: "SOURCE_REFUSES_DELETE",
};

const WHAT: Readonly<Record<Act, string>> = {
  create: "create it",
  pause: "let it be paused",
  strip: "let it go of its finalizers",
  delete: "delete it",
};

function judge(one: Refused, context: RefusalContext): Judgement {
  const { act, error } = one;
  const { cluster } = context;
  const said = (words: string) =>
    `the ${cluster} refuses to ${WHAT[act]}: ${words} (${[error.status, error.reason].join(" ").trim()})`;
  if (error.message.includes("does not support dry run")) {
    const why = (words: string) => `cannot be tried in the ${cluster} beforehand: ${words}`;
    return { code: "NOT_TRIED", severity: "note", why, hint: "" };
  }
  const reason = passingReason(one, context);
  if (reason !== undefined) {
    const why = (words: string) => `${said(words)}; ${reason}`;
    return { code: CODES[act], severity: "note", why, hint: "" };
  }
  return { code: CODES[act], severity: "error", why: said, hint: hintOf(error, context) };
}

/** Why a refusal will be over when it counts; undefined when nothing says so. */
function passingReason(one: Refused, { planned, yielding }: RefusalContext): string | undefined {
  const { act, error } = one;
  const webhook = /admission webhook "([^"]+)" denied the request/.exec(error.message)?.[1];
  if (yielding[act]?.has(webhook ?? calledWebhook(error) ?? "")) {
    return "it lets pass what is deleted for a move, or is not asked any more by then";
  }
  if (act !== "create" || webhook === undefined || !MISSES.test(error.message)) return undefined;
  const words = wordsIn(error.message);
  const awaited = planned.find(({ name }) => name !== one.id.name && words.has(name));
  return awaited === undefined ? undefined : `${awaited.kind} ${awaited.name} comes before it`;
}

function calledWebhook({ message }: KubeApiError): string | undefined {
  return /failed calling webhook "([^"]+)"/.exec(message)?.[1];
}

const MISSES = /not found|not exist|could not be found|cannot find/i;

/** Names are parts of other names, so only whole ones count. */
function wordsIn(message: string): ReadonlySet<string> {
  return new Set(message.split(/[^a-zA-Z0-9.-]+/).map((word) => word.replace(/\.$/, "")));
}

function hintOf({ message }: KubeApiError, { cluster }: RefusalContext): string {
  return isWebhookFailure(message)
    ? `see whether what serves this webhook runs in the ${cluster}, then run again`
    : "correct what the server complains about, then run again";
}
