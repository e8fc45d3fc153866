// A kubeconfig for a proxy.

/** Complete, and JSON, which is YAML. Without credentials some clients would ask for a password. */
export function kubeconfigFor(server: string, ca: string): string {
  const authority = Buffer.from(ca).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "proxy", cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name: "proxy", user: { token: "nobody-checks-it" } }],
    contexts: [{ name: "proxy", context: { cluster: "proxy", user: "proxy" } }],
    "current-context": "proxy",
  });
}
