// `--feature-gates` as containers are given them.
import { type Json, listAt } from "../model/object.ts";

const FLAG = /^--?feature-gates(?:=(.*))?$/s;

/**
 * Gates by name, of all containers: `--feature-gates=A=true,B=false`, the value as an argument of its own, or the flag
 * several times (k8s.io/component-base/featuregate merges them).
 */
export function featureGatesOf(containers: readonly Json[]): Readonly<Record<string, string>> {
  const words = containers.flatMap((container) => [
    ...listAt(container, "command"),
    ...listAt(container, "args"),
  ]);
  const values = words.map(String).flatMap((word, index, all) => {
    const match = FLAG.exec(word);
    return match === null ? [] : [match[1] ?? all[index + 1] ?? ""];
  });
  const gates = values.flatMap((value) => value.split(",")).map((gate) => gate.trim().split("="));
  return Object.fromEntries(
    gates.flatMap(([name = "", value]) => (name === "" ? [] : [[name, value ?? "true"]])),
  );
}
