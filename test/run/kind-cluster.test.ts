// The bootstrap cluster goes at the very end, and only when kind knows it at the address that was pivoted.
import { afterAll, expect, test } from "bun:test";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PivotEvent } from "../../src/model/event.ts";
import {
  deleteKindCluster,
  kindHint,
  programRunner,
  requireKindContext,
} from "../../src/run/kind-cluster.ts";

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

/** A folder with a program `kind`: a shell script that writes down how it was called. */
async function kindThat(script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "capi-pivot-kind-"));
  folders.push(folder);
  const path = join(folder, "kind");
  await writeFile(path, `#!/bin/sh\necho "$@" >> "${folder}/calls"\n${script}\n`);
  await chmod(path, 0o700);
  return folder;
}

const KUBECONFIG = `
if [ "$1" = get ]; then
  printf 'clusters:\\n- cluster:\\n    server: https://127.0.0.1:4433\\n  name: kind-boot\\n'
  exit 0
fi
`;

async function remove(path: string, context = "kind-boot"): Promise<[boolean, string]> {
  const events: PivotEvent[] = [];
  const done = await deleteKindCluster({
    source: { context, server: "127.0.0.1:4433" },
    emit: (event) => void events.push(event),
    runProgram: programRunner({ PATH: path }),
  });
  return [done, events.map((event) => (event.type === "note" ? event.text : event.type)).join()];
}

test("the cluster goes", async () => {
  const folder = await kindThat(KUBECONFIG);
  expect(await remove(folder)).toEqual([true, "the kind cluster boot was deleted"]);
  const calls = await readFile(join(folder, "calls"), "utf8");
  expect(calls).toBe("get kubeconfig --name boot\ndelete cluster --name boot\n");
});

test.each([
  ["there is no kind", undefined, "there is no kind on the PATH"],
  ["kind does not know it", 'echo "ERROR: unknown cluster" >&2; exit 1', "ERROR: unknown cluster"],
  [
    "kind's cluster of that name is another one",
    `${KUBECONFIG.replace("4433", "4434")}`,
    "kind's cluster of that name is at 127.0.0.1:4434, not at 127.0.0.1:4433",
  ],
  ["kind fails", `${KUBECONFIG}echo "no docker" >&2; exit 1`, "no docker"],
])("it stays, and the command is said, when %s", async (_, script, words) => {
  const path = script === undefined ? "/nonexistent" : await kindThat(script);
  const [done, note] = await remove(path);
  expect(done).toBe(false);
  expect(note).toBe(
    `the kind cluster boot was not deleted: ${words}; when you have looked at it: kind delete cluster --name boot`,
  );
});

test("a context that kind did not make has no command, and no flag", async () => {
  expect(kindHint("kind-boot")).toBe("kind delete cluster --name boot");
  expect(kindHint("prod")).toBeUndefined();
  expect(() => requireKindContext("kind-boot")).not.toThrow();
  expect(() => requireKindContext("kind-")).toThrow(expect.objectContaining({ code: "USAGE" }));
  expect(await remove("/nonexistent", "prod")).toEqual([false, ""]);
});
