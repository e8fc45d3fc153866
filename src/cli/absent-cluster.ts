// Stands for a cluster that is said to be gone for good: whoever asks it anything has a bug.
import type { OpenCluster } from "../kube/cluster-client.ts";
import type { ClusterName } from "../model/error.ts";

/** Rejects every request. */
export function absentCluster(name: ClusterName): OpenCluster {
  const refuse = () =>
    Promise.reject(new Error(`the ${name} is gone for good and was asked all the same`));
  const absent: OpenCluster = {
    name,
    server: "",
    context: "",
    getRaw: refuse,
    get: refuse,
    list: refuse,
    create: refuse,
    patch: refuse,
    replace: refuse,
    delete: refuse,
    deletedState: refuse,
    withSignal: () => absent,
    withWriteGate: () => absent,
    withPatience: () => absent,
    close: () => undefined,
  };
  return absent;
}
