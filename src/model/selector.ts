// Label selectors as Kubernetes means them (apimachinery pkg/apis/meta/v1/helpers.go, pkg/labels/selector.go).
import { asRecord, fieldAt, type Json, listAt, stringAt } from "./object.ts";

type Labels = Readonly<Record<string, string>>;

/** Does a map of labels (`spec.selector` of a Service) select these? An empty one selects nothing there. */
export function matchesLabels(wanted: Json, labels: Labels): boolean {
  const entries = Object.entries(asRecord(wanted) ?? {});
  return entries.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/** Does a LabelSelector select these labels? An empty selector selects everything, an absent one nothing. */
export function matchesSelector(selector: Json, labels: Labels): boolean {
  if (asRecord(selector) === undefined) return false;
  return (
    matchesLabels(fieldAt(selector, "matchLabels"), labels) &&
    listAt(selector, "matchExpressions").every((one) => matchesExpression(one, labels))
  );
}

function matchesExpression(expression: Json, labels: Labels): boolean {
  const key = stringAt(expression, "key") ?? "";
  const values = listAt(expression, "values");
  const has = Object.hasOwn(labels, key);
  switch (fieldAt(expression, "operator")) {
    case "In":
      return has && values.includes(labels[key]);
    case "NotIn":
      return !has || !values.includes(labels[key]);
    case "Exists":
      return has;
    case "DoesNotExist":
      return !has;
    default:
      return false;
  }
}

interface Requirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values: readonly string[];
}

const KEY = String.raw`((?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)`;
const VALUE = String.raw`((?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?)`;
const END = String.raw`\s*(?:,|$)\s*`;

/** First match wins. A selector is read from the left, one requirement and its comma at a time. */
const FORMS: readonly (readonly [
  form: RegExp,
  read: (match: readonly string[]) => Omit<Requirement, "key">,
])[] = [
  [
    new RegExp(String.raw`^${KEY}\s*==?\s*${VALUE}${END}`),
    ([value = ""]) => ({ operator: "In", values: [value] }),
  ],
  [
    new RegExp(String.raw`^${KEY}\s*!=\s*${VALUE}${END}`),
    ([value = ""]) => ({ operator: "NotIn", values: [value] }),
  ],
  [
    new RegExp(String.raw`^${KEY}\s+(notin|in)\s*\(([-A-Za-z0-9_.,\s]+)\)${END}`),
    ([word, list = ""]) => ({
      operator: word === "in" ? "In" : "NotIn",
      values: list.split(",").map((value) => value.trim()),
    }),
  ],
  [new RegExp(`^${KEY}${END}`), () => ({ operator: "Exists", values: [] })],
  [new RegExp(String.raw`^!\s*${KEY}${END}`), () => ({ operator: "DoesNotExist", values: [] })],
];

/**
 * kubectl's `-l`: `a=b,c!=d,e,!f,g in (h,i),j notin (k)`.
 * @returns a LabelSelector for `matchesSelector`; undefined for what is none, and for an empty one.
 */
export function parseSelector(text: string): Json {
  const matchExpressions: Requirement[] = [];
  let rest = text.trim();
  while (rest !== "") {
    const found = requirementAt(rest);
    if (found === undefined || (found.rest === "" && rest.endsWith(","))) return undefined;
    matchExpressions.push(found.requirement);
    rest = found.rest;
  }
  return matchExpressions.length === 0 ? undefined : { matchExpressions };
}

function requirementAt(
  text: string,
): { readonly requirement: Requirement; readonly rest: string } | undefined {
  for (const [form, read] of FORMS) {
    const match = form.exec(text);
    if (match === null) continue;
    const [all, key = "", ...parts] = match;
    return { requirement: { key, ...read(parts) }, rest: text.slice(all.length) };
  }
  return undefined;
}
