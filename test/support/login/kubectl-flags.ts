// Our connection flags under the names that kubectl has for them.
import type { ConnectionOverrides } from "../../../src/kube/overrides.ts";

/** What kubectl is given. */
export function kubectlFlags(flags: ConnectionOverrides): readonly string[] {
  const names: Readonly<Record<string, string>> = {
    tlsServerName: "tls-server-name",
    caFile: "certificate-authority",
    certFile: "client-certificate",
    keyFile: "client-key",
    insecure: "insecure-skip-tls-verify",
    asUid: "as-uid",
    asGroups: "as-group",
  };
  const { asExtra = {}, ...others } = flags;
  const extras = Object.entries(asExtra).flatMap(([key, values]) =>
    values.map((value) => `--as-user-extra=${key}=${value}`),
  );
  const plain = Object.entries(others).flatMap(([key, value]) =>
    [value].flat().map((one) => `--${names[key] ?? key}=${one}`),
  );
  return [...plain, ...extras];
}
