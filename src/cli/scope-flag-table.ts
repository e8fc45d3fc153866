// The flags that say what moves.
import type { Flag } from "./flag.ts";

export const SCOPE_FLAGS: readonly Flag[] = [
  {
    long: "namespace",
    short: "n",
    value: "NAMESPACE",
    repeatable: true,
    default: "[]",
    about: "Move what is in this namespace only. May be repeated. Default: all namespaces.",
    offers: { what: "namespaces", of: "source" },
  },
  {
    long: "all-namespaces",
    short: "A",
    default: "false",
    about: "Move what is in all namespaces, which is the default.",
  },
  {
    long: "cluster",
    value: "NAMESPACE/NAME",
    repeatable: true,
    default: "[]",
    about: "Move this Cluster only. May be repeated. Default: all Clusters.",
    offers: { what: "clusters", of: "source" },
  },
  {
    long: "selector",
    short: "l",
    value: "SELECTOR",
    default: "''",
    about:
      "Move the Clusters with these labels only, for example team=blue; with -n those in these namespaces. Classes, sets and pools come with the Clusters that use them.",
  },
  {
    long: "exclude-cluster",
    value: "NAMESPACE/NAME",
    repeatable: true,
    default: "[]",
    about: "Move all Clusters but this one; with -n or --selector all of those. May be repeated.",
    offers: { what: "clusters", of: "source" },
  },
  {
    long: "include",
    value: "KIND/NAMESPACE/NAME",
    repeatable: true,
    default: "[]",
    about:
      "Move this object too, although its kind would block the pivot. KIND is Kind or Kind.group. May be repeated.",
  },
  {
    long: "leave",
    value: "KIND/NAMESPACE/NAME",
    repeatable: true,
    default: "[]",
    about:
      "Leave this object in the source and cut its owner references to what moves. May be repeated.",
  },
  {
    long: "assume-held",
    value: "KIND",
    repeatable: true,
    default: "[]",
    about:
      "Take it on your word that nothing reconciles objects of this kind during the pivot. KIND is Kind or Kind.group. May be repeated.",
  },
  {
    long: "controller",
    value: "NAMESPACE/NAME",
    repeatable: true,
    default: "[]",
    about:
      "This Deployment, StatefulSet or DaemonSet acts on moved objects although it belongs to no provider: a bare-metal operator, for instance. May be repeated.",
  },
  {
    long: "ignore",
    value: "CODE",
    repeatable: true,
    default: "[]",
    about:
      "Lower a finding of this code to a note; only for findings that cannot lose anything. May be repeated.",
  },
  {
    long: "allow",
    value: "NAMESPACE/NAME=CHECK",
    repeatable: true,
    default: "[]",
    about:
      "Move this Cluster although a check of it fails: provisioned, initialized, in-flight, rollout or reachable; several with commas. May be repeated.",
  },
];
