import { describe, expect, test } from "bun:test";
import type { Preview } from "../../src/model/preview.ts";
import type { Controller } from "../../src/model/provider.ts";
import { planStop } from "../../src/plan/stop-plan.ts";
import { planData } from "../../src/report/plan-data.ts";
import { bigPreview } from "./previews.ts";

/** The big preview as a whole pivot that stops everybody, the Docker provider late. */
function stopping(change: Partial<Preview> = {}): Preview {
  const preview = bigPreview();
  const { source } = preview.plan.providers;
  const stop = planStop(source, preview.plan);
  const isDocker = ({ id }: Controller) => id.namespace === "capd-system";
  return {
    ...preview,
    stop: {
      ...stop,
      controllers: stop.controllers.filter((one) => !isDocker(one)),
      late: stop.controllers.filter(isDocker),
    },
    ...change,
  };
}

const text = ({ id, role, late }: ReturnType<typeof planData>["stopped"][number]): string =>
  `${role} ${id.namespace}/${id.name}${late ? " late" : ""}`;

describe("programs of a plan as data", () => {
  test("who is stopped, in order, why, and who only in the end", () => {
    const stopped = planData(stopping()).stopped.map(text);
    expect(stopped[0]).toBe("operator capi-operator-system/capi-operator-controller-manager");
    expect(stopped).toContain("named bmo-system/baremetal-operator");
    expect(stopped.at(-1)).toStartWith("provider capd-system/");
    expect(stopped.at(-1)).toEndWith(" late");
    // What is at 0 is not stopped.
    expect(stopped.filter((one) => one.includes("capa-system"))).toEqual([]);
  });

  test("nobody is, where nobody is to be stopped; operators are named all the same", () => {
    const data = planData(bigPreview());
    expect(data.stopped).toEqual([]);
    expect(data.operators.source.map(({ id }) => id.name)).toEqual([
      "capi-operator-controller-manager",
    ]);
    expect(data.operators.target).toEqual([]);
    expect(data.named.source.map(({ id }) => id.name)).toEqual(["baremetal-operator"]);
  });

  test("cert-manager of both clusters, and where the target gets it from", () => {
    const { certManager } = planData(stopping());
    expect(Object.keys(certManager)).toEqual(["source", "target"]);
    expect(certManager.source).toMatchObject({ namespace: "cert-manager", version: "v1.21.1" });
    const sets = [{ owner: "cert-manager", objects: [], from: "source" }] as const;
    const installed = planData(stopping({ install: { sets, unlisted: [] } }));
    expect(installed.certManager.install).toBe("source");
  });

  test("all of it is plain", () => {
    const { stopped, operators, named, certManager } = planData(stopping());
    const data = { stopped, operators, named, certManager };
    expect(JSON.parse(JSON.stringify(data))).toEqual(data as never);
  });
});
