// The three metadata calls that tsyringe (below @peculiar/x509) makes at import time; must be imported before it.
// The package reflect-metadata is no dependency of ours, and this is all that is asked of it.

type Metadata = Map<unknown, unknown>;

const byTarget = new WeakMap<object, Metadata>();

function getOwnMetadata(key: unknown, target: object): unknown {
  return byTarget.get(target)?.get(key);
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
    if (byTarget.get(at)?.has(key)) return getOwnMetadata(key, at);
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const metadata = byTarget.get(target) ?? new Map();
  byTarget.set(target, metadata.set(key, value));
}

if (!("getMetadata" in Reflect)) {
  Object.assign(Reflect, { getOwnMetadata, getMetadata, defineMetadata });
}
