// Label selectors as Kubernetes means them (apimachinery pkg/apis/meta/v1/helpers.go).
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
