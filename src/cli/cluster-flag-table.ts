// The flags that say where the two clusters are and how to log in: kubectl's own, and the same with `--to-` before them.
import type { ClusterName } from "../model/error.ts";
import type { Flag, Offer } from "./flag.ts";

const KUBECONFIG: Flag = {
  long: "kubeconfig",
  value: "FILE",
  default: "''",
  about: "Kubeconfig of the source. Default: $KUBECONFIG, then ~/.kube/config.",
  offers: { what: "files", of: "source" },
};

const CONTEXT: Flag = {
  long: "context",
  aliases: ["kubeconfig-context"],
  value: "NAME",
  default: "''",
  about: "Context of the source (also --kubeconfig-context). Default: the current context.",
  offers: { what: "contexts", of: "source" },
};

/** Where the source is. */
export const SOURCE_FLAGS: readonly Flag[] = [KUBECONFIG, CONTEXT];

/** Where the target is. */
export const TARGET_FLAGS: readonly Flag[] = [
  {
    long: "to-kubeconfig",
    value: "FILE",
    default: "''",
    about: "Kubeconfig of the target.",
    offers: { what: "files", of: "target" },
  },
  {
    long: "to-context",
    aliases: ["to-kubeconfig-context"],
    value: "NAME",
    default: "''",
    about:
      "Context of the target (also --to-kubeconfig-context), in the file of --to-kubeconfig; without that, in the source's kubeconfig.",
    offers: { what: "contexts", of: "target" },
  },
  {
    long: "to-cluster",
    value: "NAMESPACE/NAME",
    default: "''",
    about:
      "The target is this Cluster of the source, reached with the kubeconfig in its Secret: a management cluster moves into the cluster that it has made.",
    offers: { what: "clusters", of: "source" },
  },
];

/** A flag that exists once per cluster; `SIDE` in the text becomes the cluster. */
interface Twin extends Omit<Flag, "offers" | "isGlobal"> {
  readonly offers?: Offer["what"];
}

/** kubectl's; its `--cluster` and `--user` have longer names, because `--cluster` names a Cluster here. */
const TWINS: readonly Twin[] = [
  {
    long: "server",
    short: "s",
    value: "URL",
    default: "''",
    about: "Address of the API server of the SIDE, instead of the kubeconfig's.",
  },
  {
    long: "kubeconfig-cluster",
    value: "NAME",
    default: "''",
    about:
      "Entry of clusters in the kubeconfig of the SIDE, instead of the context's (kubectl's --cluster).",
    offers: "entries",
  },
  {
    long: "kubeconfig-user",
    aliases: ["user"],
    value: "NAME",
    default: "''",
    about:
      "Entry of users in the kubeconfig of the SIDE, instead of the context's (kubectl's --user).",
    offers: "users",
  },
  {
    long: "token",
    value: "TOKEN",
    default: "''",
    about: "Bearer token for the API server of the SIDE.",
    isSecret: true,
  },
  {
    long: "certificate-authority",
    value: "FILE",
    default: "''",
    about: "Certificates that the API server of the SIDE is verified with.",
    offers: "files",
  },
  {
    long: "client-certificate",
    value: "FILE",
    default: "''",
    about: "Client certificate for the API server of the SIDE.",
    offers: "files",
  },
  {
    long: "client-key",
    value: "FILE",
    default: "''",
    about: "Key of the client certificate for the SIDE.",
    offers: "files",
  },
  {
    long: "insecure-skip-tls-verify",
    default: "false",
    about: "Do not verify the certificate of the API server of the SIDE.",
  },
  {
    long: "tls-server-name",
    value: "NAME",
    default: "''",
    about: "Name that the certificate of the SIDE is verified for, instead of the server's.",
  },
  { long: "as", value: "USER", default: "''", about: "User to impersonate in the SIDE." },
  {
    long: "as-group",
    value: "GROUP",
    repeatable: true,
    default: "[]",
    about: "Group to impersonate in the SIDE. May be repeated.",
  },
  {
    long: "as-uid",
    value: "UID",
    default: "''",
    about: "UID to impersonate in the SIDE.",
  },
  {
    long: "as-user-extra",
    value: "KEY=VALUE",
    repeatable: true,
    default: "[]",
    about: "Extra field of the user to impersonate in the SIDE. May be repeated.",
  },
];

function accessFlags(side: ClusterName): readonly Flag[] {
  const prefix = side === "source" ? "" : "to-";
  return TWINS.map(({ offers, short, aliases, ...twin }) => ({
    ...twin,
    ...(side === "source" && short !== undefined ? { short } : {}),
    ...(aliases === undefined ? {} : { aliases: aliases.map((name) => prefix + name) }),
    ...(offers === undefined ? {} : { offers: { what: offers, of: side } }),
    long: prefix + twin.long,
    about: twin.about.replace("SIDE", side),
    isGlobal: true,
  }));
}

/** How to log in to the source. */
export const SOURCE_ACCESS_FLAGS: readonly Flag[] = accessFlags("source");
/** How to log in to the target. */
export const TARGET_ACCESS_FLAGS: readonly Flag[] = accessFlags("target");
