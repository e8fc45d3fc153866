// Who may start live clusters; everybody else is told why not.
import { expect, test } from "bun:test";
import { reasonAgainstNetworks } from "./network-tools.ts";

const GOOD = { platform: "linux", uid: 0, which: (tool: string) => `/usr/bin/${tool}` };

test.each([
  ["root on Linux with all tools may", GOOD, undefined],
  ["another user may not", { ...GOOD, uid: 1000 }, "run this as root there"],
  ["another system may not", { ...GOOD, platform: "darwin" }, "run this as root there"],
  [
    "nobody may without ip",
    { ...GOOD, which: (tool: string) => (tool === "ip" ? null : tool) },
    "`apt-get install iproute2`",
  ],
])("%s", (_name, machine, wanted) => {
  const reason = reasonAgainstNetworks(machine);
  if (wanted === undefined) expect(reason).toBeUndefined();
  else expect(reason).toContain(wanted);
});
