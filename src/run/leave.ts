// `--leave`: an object that stays behind is cut off its moved owners first, or the garbage collector would take it.
import { OUR_PREFIX, OURS } from "../model/capi.ts";
import type { ClusterClient } from "../model/client.ts";
import type { Inventory } from "../model/inventory.ts";
import type { KubeObject, OwnerReference } from "../model/object.ts";
import type { LeftObject, Plan } from "../model/plan.ts";
import { addressOf, type RunContext, withKinds } from "./context.ts";
import { decodeManagedFields, encodeManagedFields, managedFieldsPatch } from "./managed-fields.ts";

/** Cuts the owner references that lead into the plan; the patch keeps what was there in annotations. */
export async function cutLeftObjects(context: RunContext, leaves: Plan["leaves"]): Promise<void> {
  for (const left of leaves) {
    context.signal.throwIfAborted();
    const object = await context.source.get(left.kind, addressOf(left));
    if (object.metadata.annotations?.[OURS.run] === context.run) continue;
    await context.source.patch(
      left.kind,
      addressOf(left),
      "merge",
      cutPatch(left, object, context.run),
    );
  }
}

function cutPatch(left: LeftObject, object: KubeObject, run: string): object {
  const owners = object.metadata.ownerReferences ?? [];
  return {
    metadata: {
      uid: object.metadata.uid,
      resourceVersion: object.metadata.resourceVersion,
      ownerReferences: owners.filter((owner) => !left.cut.includes(owner.uid)),
      annotations: {
        [OURS.run]: run,
        [OURS.ownersBefore]: JSON.stringify(owners),
        [OURS.managedFields]: encodeManagedFields(object.metadata.managedFields ?? []),
      },
    },
  };
}

/** An object that this run has cut off its owners. */
export type CutObject = Pick<LeftObject, "id" | "kind">;

/** Found by the mark of the run: once they are cut, no plan shows them any more. */
export function leftObjects(inventory: Inventory, run: string): readonly CutObject[] {
  const cut = [...inventory.objects.values()].filter(({ metadata: { annotations = {} } }) => {
    return annotations[OURS.run] === run && annotations[OURS.ownersBefore] !== undefined;
  });
  return withKinds(cut, inventory);
}

/** Puts owner references and field ownership back as they were. */
export async function rejoinLeftObjects(
  client: ClusterClient,
  leaves: readonly CutObject[],
  run: string,
): Promise<void> {
  for (const left of leaves) {
    const object = await client.get(left.kind, addressOf(left));
    const annotations = object.metadata.annotations ?? {};
    const before = annotations[OURS.ownersBefore];
    if (annotations[OURS.run] !== run || before === undefined) continue;
    const { uid } = object.metadata;
    const ownerReferences = JSON.parse(before) as readonly OwnerReference[];
    await client.patch(left.kind, addressOf(left), "merge", { metadata: { uid, ownerReferences } });
    await client.patch(left.kind, addressOf(left), "merge", { metadata: clearing(object) });
  }
}

/** After the commit the cut stands; only our annotations go. */
export async function releaseLeftObjects(
  client: ClusterClient,
  leaves: readonly CutObject[],
  run: string,
): Promise<void> {
  for (const left of leaves) {
    const object = await client.get(left.kind, addressOf(left));
    if (object.metadata.annotations?.[OURS.run] !== run) continue;
    const { managedFields: _, ...metadata } = clearing(object);
    await client.patch(left.kind, addressOf(left), "merge", { metadata });
  }
}

function clearing(object: KubeObject): {
  readonly uid: string;
  readonly annotations: Readonly<Record<string, null>>;
  readonly managedFields?: readonly object[];
} {
  const annotations = object.metadata.annotations ?? {};
  const encoded = annotations[OURS.managedFields];
  const ours = Object.keys(annotations).filter((key) => key.startsWith(OUR_PREFIX));
  return {
    uid: object.metadata.uid,
    annotations: Object.fromEntries(ours.map((key) => [key, null])),
    ...(encoded === undefined
      ? {}
      : { managedFields: managedFieldsPatch(decodeManagedFields(encoded)) }),
  };
}
