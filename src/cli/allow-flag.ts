// `--allow NAMESPACE/NAME=CHECK`: a Cluster moves although a check of it fails.
import { type Allowed, CLUSTER_CHECKS } from "../model/plan.ts";
import { clusterOf } from "./cluster-flags.ts";
import { badValue } from "./flag-values.ts";

/** One value of the flag, which may name several checks. */
export function readAllowed(text: string): readonly Allowed[] {
  const [name = "", list, ...rest] = text.split("=");
  if (list === undefined || rest.length > 0) throw refused(text);
  const cluster = Object.values(clusterOf(name, "--allow")).join("/");
  return list.split(",").map((word) => {
    const check = CLUSTER_CHECKS.find((one) => one === word);
    if (check === undefined) throw refused(text);
    return { cluster, check };
  });
}

function refused(text: string) {
  return badValue(
    "--allow",
    text,
    `NAMESPACE/NAME=CHECK, where CHECK is ${CLUSTER_CHECKS.join(", ")}`,
  );
}
