import { describe, expect, test } from "bun:test";
import type { ClusterName } from "../../../src/model/error.ts";
import { caseText, parseCase } from "./case-text.ts";
import { WriteSequence } from "./write-sequence.ts";

/** `POST /path [name in the body]`, counted. */
function write(sequence: WriteSequence, cluster: ClusterName, text: string): number | undefined {
  const [method = "", path = "", name] = text.split(" ");
  const body = Buffer.from(name === undefined ? "" : JSON.stringify({ metadata: { name } }));
  const query = new URLSearchParams();
  return sequence.of(cluster).next({ method, path, query, headers: {}, body, isWrite: true });
}

const MACHINES = "/apis/cluster.x-k8s.io/v1beta2/namespaces/ns1/machines";
const LEASE = "/apis/coordination.k8s.io/v1/namespaces/capi-pivot-system/leases";

describe("a sequence of writes", () => {
  test("names what is written, to which cluster, and which of its sort", () => {
    const sequence = new WriteSequence();
    write(sequence, "source", "POST /api/v1/namespaces capi-pivot-system");
    write(sequence, "target", `POST ${MACHINES} m1`);
    write(sequence, "target", `POST ${MACHINES} m2`);
    write(sequence, "target", `PATCH ${MACHINES}/m1/status`);
    write(sequence, "source", "DELETE /apis/rbac.authorization.k8s.io/v1/clusterroles/r");
    const words = sequence.writes.map(
      ({ number, sort, occurrence, object }) => `${number} ${sort}.${occurrence} ${object}`,
    );
    expect(words).toEqual([
      "1 source.POST.namespaces.1 capi-pivot-system",
      "2 target.POST.machines.1 ns1/m1",
      "3 target.POST.machines.2 ns1/m2",
      "4 target.PATCH.machines/status.1 ns1/m1",
      "5 source.DELETE.clusterroles.1 r",
    ]);
  });

  test("counts taking and giving up the lock, but not its renewal", () => {
    const sequence = new WriteSequence();
    expect(write(sequence, "source", `POST ${LEASE} capi-pivot`)).toBe(1);
    expect(write(sequence, "source", `PATCH ${LEASE}/capi-pivot`)).toBeUndefined();
    expect(write(sequence, "source", `PUT ${LEASE}/capi-pivot`)).toBeUndefined();
    expect(write(sequence, "source", `DELETE ${LEASE}/capi-pivot`)).toBe(2);
  });

  test("tells writes of a record apart by its phase", () => {
    const sequence = new WriteSequence();
    const path = "/api/v1/namespaces/capi-pivot-system/configmaps/capi-pivot-0a1b2c3d";
    const body = Buffer.from(JSON.stringify({ data: { phase: "committed" } }));
    const query = new URLSearchParams();
    const put = { method: "PUT", path, query, headers: {}, body, isWrite: true };
    sequence.of("source").next(put);
    sequence.of("source").next({ ...put, method: "DELETE", body: Buffer.from("") });
    expect(sequence.writes.map(({ sort }) => sort)).toEqual([
      "source.PUT.configmaps=committed",
      "source.DELETE.configmaps",
    ]);
  });

  test("chooses one write by its number or by its sort, once", () => {
    const sequence = new WriteSequence();
    sequence.select({ sort: "target.POST.machines", occurrence: 2 });
    write(sequence, "target", `POST ${MACHINES} m1`);
    expect(sequence.chosen).toBeUndefined();
    write(sequence, "target", `POST ${MACHINES} m2`);
    expect(sequence.chosen?.object).toBe("ns1/m2");
    write(sequence, "target", `POST ${MACHINES} m3`);
    expect(sequence.chosen?.object).toBe("ns1/m2");
    sequence.begin();
    sequence.select({ number: 1 });
    write(sequence, "source", `POST ${MACHINES} m4`);
    expect(sequence.chosen?.sort).toBe("source.POST.machines");
  });
});

describe("a case", () => {
  test.each(["42:after:rollback:1", "target.PATCH.machines/status.2:before,17:after:resume:32"])(
    "%s is what it says",
    (text) => {
      expect(caseText(parseCase(text))).toBe(text);
    },
  );

  test.each(["42", "42:during:resume:1", "x:after:resume:1", ":resume:1"])("%s is none", (text) => {
    expect(() => parseCase(text)).toThrow();
  });
});
