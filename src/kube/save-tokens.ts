// Writes new tokens of an oidc user back to its kubeconfig, as kubectl does: the issuer may take the old ones no more.
import { open, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { type Document, isMap, isSeq, parseDocument } from "yaml";
import type { Clock } from "../model/client.ts";
import type { Renewed } from "./oidc-issuer.ts";

const LOCK_TRIES = 30;
const LOCK_PAUSE_MS = 100;

/**
 * Everything else in the file stays as it is, comments too. Does nothing when the file may not be written or somebody else
 * keeps it locked: the tokens are good for this process all the same.
 */
export async function saveTokens(
  path: string,
  user: string,
  tokens: Renewed,
  clock: Clock,
): Promise<void> {
  try {
    // A link stays one.
    const file = await realpath(path);
    await withLock(`${file}.lock`, clock, () => rewrite(file, user, tokens));
  } catch {
    // See above.
  }
}

async function rewrite(file: string, user: string, tokens: Renewed): Promise<void> {
  const document = parseDocument(await readFile(file, "utf8"), {
    version: "1.1",
    uniqueKeys: false,
  });
  const index = indexOf(document, user);
  if (index === undefined) return;
  const config = ["users", index, "user", "auth-provider", "config"];
  document.setIn([...config, "id-token"], tokens.idToken);
  document.setIn([...config, "refresh-token"], tokens.refreshToken);
  const { mode } = await stat(file);
  const unfinished = `${file}.${process.pid}.unfinished`;
  try {
    await writeFile(unfinished, document.toString({ lineWidth: 0 }), { mode });
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

function indexOf(document: Document, user: string): number | undefined {
  const users = document.get("users");
  if (!isSeq(users)) return undefined;
  const index = users.items.findIndex((item) => isMap(item) && item.get("name") === user);
  return index < 0 ? undefined : index;
}

/** kubectl's own lock: a file that only one can create. */
async function withLock(lock: string, clock: Clock, work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await (await open(lock, "wx", 0o600)).close();
      break;
    } catch (error) {
      if (tries === LOCK_TRIES) throw error;
      await clock.sleep(LOCK_PAUSE_MS);
    }
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}
