// A live fleet, and what each contender finds in the target: a bare cluster, or one with providers.

import { applyManifests } from "../../../test/support/live/apply-live-fleet.ts";
import { installCertManager } from "../../../test/support/live/cert-manager.ts";
import {
  classCluster,
  inMemoryClass,
  plainCluster,
} from "../../../test/support/live/live-fleet.ts";
import { type LivePair, startLivePair } from "../../../test/support/live/live-pair.ts";
import { type LiveState, waitUntilRunning } from "../../../test/support/live/live-state.ts";
import { installProviders } from "../../../test/support/live/providers.ts";
import { writePairFolder } from "../../../test/support/testbed/pair-folder.ts";
import type { Ends } from "../contenders.ts";
import { NAMESPACE } from "../scene.ts";

export interface LiveScene extends Ends {
  readonly pair: LivePair;
  /** Every Machine runs. */
  readonly before: LiveState;
  readonly stop: () => Promise<void>;
}

/** Of each of the two clusters. */
const WORKERS = 3;
/** With a control plane each. */
export const MACHINES = 2 * (WORKERS + 1);

/** In one namespace: clusterctl moves no more than that at once. One to three minutes. */
export async function startLiveScene(hasProviders: boolean): Promise<LiveScene> {
  const pair = await startLivePair();
  try {
    const { source, target } = pair;
    await applyManifests(source.api, [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
      ...(await inMemoryClass(NAMESPACE)),
      ...classCluster({ namespace: NAMESPACE, name: "classy", workers: WORKERS }),
      ...(await plainCluster({ namespace: NAMESPACE, name: "plain", workers: WORKERS })),
    ]);
    if (hasProviders) {
      await installCertManager(target.api);
      await installProviders(target.api);
    }
    const before = await waitUntilRunning(source.api, MACHINES);
    const folder = await writePairFolder(pair);
    return {
      pair,
      before,
      source: { kubeconfigPath: folder.sourceKubeconfig },
      target: { kubeconfigPath: folder.targetKubeconfig },
      stop: async () => {
        await Promise.all([pair.stop(), folder.remove()]);
      },
    };
  } catch (error) {
    await pair.stop();
    throw error;
  }
}
