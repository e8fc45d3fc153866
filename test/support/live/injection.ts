// Where a CA goes in an object that wants one: a JSON patch. Pure.
import { fieldAt, type Json } from "../../../src/model/object.ts";
import type { Watched } from "./follow.ts";

export interface PatchOperation {
  readonly op: "test" | "add";
  readonly path: string;
  readonly value: Json;
}

/** Changes nothing of an object that somebody has written meanwhile; empty when every place has the CA. */
export function injectionInto(object: Watched, ca: string): readonly PatchOperation[] {
  const additions = clientConfigs(object)
    .filter(({ config }) => fieldAt(config, "service") !== undefined)
    .filter(({ config }) => fieldAt(config, "caBundle") !== ca)
    .map(({ path }) => ({ op: "add" as const, path: `${path}/caBundle`, value: ca }));
  if (additions.length === 0) return [];
  const { resourceVersion } = object.metadata;
  return [{ op: "test", path: "/metadata/resourceVersion", value: resourceVersion }, ...additions];
}

interface ClientConfig {
  readonly path: string;
  readonly config: Json;
}

function clientConfigs(object: Watched): readonly ClientConfig[] {
  const { webhooks } = object;
  if (Array.isArray(webhooks)) {
    return webhooks.map((webhook: Json, index) => ({
      path: `/webhooks/${index}/clientConfig`,
      config: fieldAt(webhook, "clientConfig"),
    }));
  }
  const config = fieldAt(object, "spec", "conversion", "webhook", "clientConfig");
  return config === undefined ? [] : [{ path: "/spec/conversion/webhook/clientConfig", config }];
}
